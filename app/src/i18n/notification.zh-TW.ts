import type { Messages } from './message.ts';

/** What the service worker shows: on a lock screen, so nothing of the declaration. */
export const notification = {
  'notification.ask.title': '有一筆進口申報待您確認',
  'notification.ask.body': '請核對內容後回覆：相符、不符，或不是我的。',
  'notification.several.title': '有多筆進口申報待您確認',
  'notification.several.body': '請逐筆核對內容後回覆：相符、不符，或不是我的。',
  'notification.reminder.title': '提醒：進口申報還沒確認',
  'notification.reminder.body': '逾期未回覆視為不同意，包裹可能延誤。',
  'notification.withdrawn.title': '先前的申報已撤回',
  'notification.withdrawn.body': '您不需要再回覆。',
  'notification.recovered.title': '您的帳號已在另一台裝置重新設定',
  'notification.recovered.body': '如果不是您本人，請立即查看。',
  'notification.phone-change.title': '有人申請將您的帳號改為其他門號',
  'notification.phone-change.body': '如果不是您本人，請立即拒絕。',
} as const satisfies Messages;
