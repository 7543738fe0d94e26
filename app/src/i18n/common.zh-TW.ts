import type { Messages } from './message.ts';

/** Words of every screen: frame, buttons, states, errors. */
export const common = {
  'app.name': 'Consentry',
  'app.tagline': '進口報關委任',
  'app.skip': '跳到主要內容',

  'nav.label': '主選單',
  'nav.inbox': '待確認',
  'nav.history': '紀錄',
  'nav.me': '我的',
  'nav.back': '返回',

  'action.continue': '繼續',
  'action.cancel': '取消',
  'action.close': '關閉',
  'action.retry': '再試一次',
  'action.done': '完成',
  'action.home': '回首頁',
  'action.login': '重新登入',

  'language.label': '語言',
  'language.zh-TW': '中文',
  'language.en': 'English',

  'state.loading': '載入中…',
  'state.working': '處理中…',
  'state.stale': '無法更新，以下可能不是最新內容。',
  'state.offline': '目前沒有網路',

  'sandbox.title': '這是測試環境',
  'sandbox.body': '沒有真實的電信業者與海關，請勿輸入真實個資。',
  'sandbox.messages': '簡訊與推播',
  'sandbox.telecom': '電信業者',
  'sandbox.customs': '海關',

  'update.title': '有新版本',
  'update.action': '立即更新',

  'problem.offline.title': '連不上網路',
  'problem.offline.body': '請確認網路後再試一次。剛才的動作不一定有送達。',
  'problem.unavailable.title': '服務暫時無法使用',
  'problem.unavailable.body': '請稍候再試，您的資料不會遺失。',
  'problem.rate.title': '操作太頻繁',
  'problem.rate.body': '請在 {n} 秒後再試。',
  'problem.not-found.title': '找不到這個頁面',
  'problem.not-found.body': '連結可能已失效，或不屬於目前登入的身分。',
  'problem.forbidden.title': '無法進行這個動作',
  'problem.forbidden.body': '請重新整理頁面後再試。',
  'problem.cancelled.title': '尚未完成驗證',
  'problem.cancelled.body': '您取消了，或等候太久。沒有送出任何東西。',
  'problem.rejected.title': '通行金鑰驗證未通過',
  'problem.rejected.body': '請用註冊時的裝置，以指紋、臉部或螢幕鎖再試一次。',
  'problem.other.title': '發生問題',
  'problem.other.body': '請稍後再試一次。',
} as const satisfies Messages;
