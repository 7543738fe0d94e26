import type { Messages } from '../../src/i18n/message.ts';

/** Where the broker's systems are told of events, and what became of each message. */
export const webhooks = {
  'webhooks.title': 'Webhook',
  'webhooks.body': '貴公司的系統登記的接收網址。新增、刪除與更換密鑰，由系統透過 API 進行。',
  'webhooks.empty': '沒有接收網址',
  'webhooks.empty.body': '請貴公司的系統透過 API 登記，或改讀事件清單。',
  'webhooks.status.active': '正常',
  'webhooks.status.failing': '傳送失敗中',
  'webhooks.status.paused': '已暫停',
  'webhooks.events.all': '所有事件',
  'webhooks.events.some': '{n} 種事件',
  'webhooks.failing-since': '最早失敗於',
  'webhooks.probe-at': '下次試探',

  'webhook.resume': '已修好，立即傳送',
  'webhook.resume.body': '等待中的訊息會立刻依序傳送。',
  'webhook.resumed': '已恢復傳送。',
  'webhook.deliveries': '最近七天的訊息',
  'webhook.filter': '狀態',
  'webhook.filter.any': '全部',
  'webhook.none': '沒有訊息。',
  'webhook.redeliver': '重送',
  'webhook.redeliver.label': '重送「{type}」',
  'webhook.redelivered': '會再送一次。',
  'webhook.attempts': '已試 {n} 次',
  'webhook.next': '下次',
  'webhook.finished': '結束於',

  'delivery.waiting': '等待中',
  'delivery.delivered': '已送達',
  'delivery.given-up': '已放棄',

  'delivery.failure.time-out': '15 秒內沒有回應',
  'delivery.failure.connection': '連不上',
  'delivery.failure.address-refused': '網址不可使用（例如內部位址）',
  'delivery.failure.redirect': '回應要求轉址',
  'delivery.failure.status': '回應 {status}',
  'delivery.failure.gone': '回應 410：不再接收',
} as const satisfies Messages;
