/** Words of the human-readable document in a pack, in both languages. */
import type { ReportedOutcome } from '../domain/outcome.ts';
import type { Language } from './verify/words.ts';

/** What the outcome says, of whom and of whose declaration. */
type Statement = (who: string, broker: string) => string;

export interface PoaWords {
  title: string;
  subtitle: string;
  statement: Record<ReportedOutcome, Statement>;
  outcomes: Record<ReportedOutcome, string>;
  sections: Record<'who' | 'what' | 'answer' | 'told' | 'customs' | 'digests' | 'check', string>;
  labels: Record<Label, string>;
  reasons: Record<string, string>;
  messages: Record<string, string>;
  goods: (line: {
    sequence: number;
    description: string;
    quantity: string;
    unit: string;
    price: string;
  }) => string;
  check: string[];
  glyphs: string;
}

export type Label =
  | 'name'
  | 'phone'
  | 'fileNumber'
  | 'subject'
  | 'operator'
  | 'numberVerification'
  | 'kycMatch'
  | 'simCheck'
  | 'boundAt'
  | 'broker'
  | 'reference'
  | 'waybills'
  | 'flight'
  | 'importDate'
  | 'consignor'
  | 'goods'
  | 'freight'
  | 'packages'
  | 'totals'
  | 'version'
  | 'decision'
  | 'reason'
  | 'lines'
  | 'note'
  | 'decidedAt'
  | 'notice'
  | 'passkey'
  | 'shownAt'
  | 'acknowledgement'
  | 'acknowledgedAt'
  | 'recordId'
  | 'declarationDigest'
  | 'receiptDigest'
  | 'logEntry'
  | 'issuedAt';

const zh: PoaWords = {
  title: '進口報關委任紀錄',
  subtitle: '線上個案委任（空運快遞貨物通關辦法）',
  statement: {
    confirmed: (who, broker) => `${who}確認申報相符，並委任${broker}就下列報單辦理報關。`,
    declined: (who, broker) => `${who}表示申報不符，未委任${broker}。`,
    repudiated: (who, broker) => `${who}表示此貨物非其本人所有，未委任${broker}。`,
    expired: (who, broker) => `${who}於期限內未答覆；未答覆不視為同意，未委任${broker}。`,
    unregistered: (_who, broker) => `收貨人於期限內未完成實名認證，未委任${broker}。`,
    cancelled: (_who, broker) => `${broker}撤回此報單之委任請求；無人委任。`,
  },
  outcomes: {
    confirmed: '申報相符',
    declined: '申報不符',
    repudiated: '非本人',
    expired: '逾期未答覆',
    unregistered: '未完成實名認證',
    cancelled: '報關業者撤回',
  },
  sections: {
    who: '何人',
    what: '何物',
    answer: '答覆',
    told: '通知',
    customs: '海關',
    digests: '摘要值（SHA-256）',
    check: '如何查驗',
  },
  labels: {
    name: '姓名',
    phone: '行動電話',
    fileNumber: '海關實名資料檔號',
    subject: '識別代號',
    operator: '電信業者',
    numberVerification: '門號驗證（SIM）',
    kycMatch: '身分比對',
    simCheck: '答覆時 SIM 查核',
    boundAt: '實名綁定時間',
    broker: '報關業者',
    reference: '報單號碼／案號',
    waybills: '主／分提單號碼',
    flight: '航班',
    importDate: '進口日期',
    consignor: '發貨人',
    goods: '貨物',
    freight: '運費',
    packages: '件數／毛重',
    totals: '合計',
    version: '報單版本',
    decision: '答覆',
    reason: '理由',
    lines: '不符項次',
    note: '備註',
    decidedAt: '時間',
    notice: '告知事項版本',
    passkey: '通行密鑰',
    shownAt: '顯示於',
    acknowledgement: '海關回覆號碼',
    acknowledgedAt: '海關回覆時間',
    recordId: '回條編號',
    declarationDigest: 'declaration.json',
    receiptDigest: 'receipt.jws',
    logEntry: '透明日誌項目',
    issuedAt: '本證據包製作時間',
  },
  reasons: {
    wrong_description: '品名不符',
    wrong_quantity: '數量不符',
    wrong_price: '價格不符',
    wrong_name: '姓名不符',
    other: '其他',
    'paper-poa': '改以書面委任',
    'not-imported': '未進口',
    'wrong-consignee': '收貨人錯誤',
  },
  messages: {
    ask: '推播通知',
    reminder: '提醒',
    sms: '簡訊',
    invitation: '邀請實名認證簡訊',
    withdrawn: '撤回通知',
  },
  goods: ({ sequence, description, quantity, unit, price }) =>
    `${sequence}. ${description}，${quantity} ${unit}，${price}`,
  check: [
    '本文件僅供閱讀；證據為同一壓縮檔中的其他檔案。請以 consentry-verify 離線查驗整個壓縮檔，不需網路，也不需信任 Consentry 的資料庫：',
    'consentry-verify pack.zip --jwks jwks.json --log-key "…"',
    '金鑰清單與日誌金鑰請向海關或 Consentry 公告處取得，勿使用壓縮檔內所附者。任一項查驗失敗，即不得採信所指之內容。',
  ],
  glyphs: '字型所無之字以空白方框表示；內容以 declaration.json 為準。',
};

const en: PoaWords = {
  title: 'Record of a power of attorney for import declaration',
  subtitle: 'Online power of attorney for one declaration (Regulations for Air Express Consignments)',
  statement: {
    confirmed: (who, broker) =>
      `${who} confirmed that the declaration matches, and authorised ${broker} to declare the goods below.`,
    declined: (who, broker) =>
      `${who} said that the declaration does not match. ${broker} was not authorised.`,
    repudiated: (who, broker) => `${who} said that the goods are not theirs. ${broker} was not authorised.`,
    expired: (who, broker) =>
      `${who} did not answer in time. No answer is no consent: ${broker} was not authorised.`,
    unregistered: (_who, broker) => `The consignee did not register in time. ${broker} was not authorised.`,
    cancelled: (_who, broker) => `${broker} withdrew the request. Nobody authorised anybody.`,
  },
  outcomes: {
    confirmed: 'it matches',
    declined: 'it does not match',
    repudiated: 'it is not mine',
    expired: 'none in time',
    unregistered: 'not registered in time',
    cancelled: 'withdrawn by the broker',
  },
  sections: {
    who: 'Who',
    what: 'What',
    answer: 'Answer',
    told: 'How they were told',
    customs: 'Customs',
    digests: 'Digests (SHA-256)',
    check: 'How to check this',
  },
  labels: {
    name: 'Name',
    phone: 'Mobile phone',
    fileNumber: 'File number at Customs',
    subject: 'Opaque id',
    operator: 'Telecom operator',
    numberVerification: 'Number verification (SIM)',
    kycMatch: 'Identity match',
    simCheck: 'SIM check at the answer',
    boundAt: 'Identity bound at',
    broker: 'Customs broker',
    reference: 'Declaration number / case',
    waybills: 'Master / house waybill',
    flight: 'Flight',
    importDate: 'Import date',
    consignor: 'Consignor',
    goods: 'Goods',
    freight: 'Freight',
    packages: 'Packages / gross mass',
    totals: 'Totals',
    version: 'Version of the declaration',
    decision: 'Answer',
    reason: 'Reason',
    lines: 'Lines said to be wrong',
    note: 'Note',
    decidedAt: 'When',
    notice: 'Notice shown',
    passkey: 'Passkey',
    shownAt: 'Shown at',
    acknowledgement: "Customs' acknowledgement",
    acknowledgedAt: 'Acknowledged at',
    recordId: 'Receipt',
    declarationDigest: 'declaration.json',
    receiptDigest: 'receipt.jws',
    logEntry: 'Entry in the log',
    issuedAt: 'This pack was made at',
  },
  reasons: {
    wrong_description: 'wrong description',
    wrong_quantity: 'wrong quantity',
    wrong_price: 'wrong price',
    wrong_name: 'wrong name',
    other: 'other',
    'paper-poa': 'paper POA instead',
    'not-imported': 'not imported',
    'wrong-consignee': 'wrong consignee',
  },
  messages: {
    ask: 'push message',
    reminder: 'reminder',
    sms: 'SMS',
    invitation: 'SMS inviting to register',
    withdrawn: 'withdrawal',
  },
  goods: ({ sequence, description, quantity, unit, price }) =>
    `${sequence}. ${description}, ${quantity} ${unit}, ${price}`,
  check: [
    "This page is for reading; the evidence is in the other files of the same ZIP. Check the whole ZIP offline with consentry-verify: it needs no network, and no trust in Consentry's database:",
    'consentry-verify pack.zip --jwks jwks.json --log-key "…"',
    'Get key list and log key from Customs or from where Consentry publishes them, not from the ZIP. Where a check fails, do not rely on what it is about.',
  ],
  glyphs: 'Characters that the font lacks are shown as boxes; declaration.json has the exact content.',
};

export const POA_WORDS: Record<Language, PoaWords> = { 'zh-TW': zh, en };
