import type { NoticeText } from './challenge.ts';

/**
 * What a person is told before they register and before they answer. The Electronic Signatures Act asks for prior
 * notice and a chance to object, and that silence be explained; the Personal Data Protection Act Art. 8 for collector,
 * purpose, kinds of data, period, users and rights. A changed word is a new version: signed answers name it.
 */
const VERSION = '2026-11';

const TEXTS = {
  'zh-TW':
    '您即將以電子方式確認進口快遞貨物之報關委任。蒐集者：Consentry（海關指定之資訊服務業者）。目的：進口人實名認證及報關委任。' +
    '資料類別：身分證統一編號或統一證號、姓名、出生日期、行動電話門號、報單內容及您的簽章。利用對象：您的電信業者、海關、受委任之報關業者。' +
    '保存期間：委任結束後六個月，依法保全者不在此限。您可查詢、更正、停止利用或刪除您的資料。' +
    '您可以不使用電子方式，改以書面委任辦理。請逐項核對：回答「申報相符」即授權該報關業者就本件報關；' +
    '「申報不符」或「非本人」即不授權。未回答視為不同意，絕不視為同意。',
  en:
    'You are about to confirm, electronically, a power of attorney for the customs declaration of an express import. ' +
    'Collector: Consentry (information service company for Customs). Purpose: real-name authentication of importers and ' +
    'powers of attorney. Data: identity number, name, date of birth, mobile number, the declaration and your signature. ' +
    'Used by: your telecom company, Customs, the customs broker you authorise. Kept: six months after the power of ' +
    'attorney ends, unless the law holds it longer. You may ask to see, correct, stop the use of, or delete your data. ' +
    'You may refuse the electronic form and use paper instead. Check every item: "It matches" authorises this broker for ' +
    'this declaration; "It does not match" and "It is not mine" do not. No answer means no consent, never consent.',
} as const;

export const NOTICE_LOCALES = ['zh-TW', 'en'] as const;
export type NoticeLocale = (typeof NOTICE_LOCALES)[number];

/** The notice in force. */
export const currentNotice = (locale: NoticeLocale): NoticeText => ({
  version: VERSION,
  locale,
  text: TEXTS[locale],
});

/** The notice of a version, or null when no such version was ever shown. */
export const noticeOf = (version: string, locale: NoticeLocale): NoticeText | null =>
  version === VERSION ? currentNotice(locale) : null;
