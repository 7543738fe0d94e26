/** Kinds of message that may go out as an SMS. */
export type SmsKind = 'ask' | 'sms' | 'reminder' | 'invitation';

/**
 * Texts of SMS, zh-TW then English, with a link and without personal data: a text message is read by whoever holds the
 * phone. `declarationId` null: several wait.
 */
export function smsText(kind: SmsKind, publicUrl: string, declarationId: string | null): string {
  const link = declarationId === null ? `${publicUrl}/inbox` : `${publicUrl}/d/${declarationId}`;
  switch (kind) {
    case 'invitation':
      return `【Consentry】有一件進口包裹以此門號申報，請先完成實名認證後確認。A parcel is declared under this number. Register to review it: ${publicUrl}/`;
    case 'reminder':
      return `【Consentry】提醒您：仍有一件進口報關委任待確認。Reminder: a declaration still waits for your answer: ${link}`;
    default:
      if (declarationId === null)
        return `【Consentry】有多筆進口報關委任待您確認。Several declarations in your name wait for your answer: ${link}`;
      return `【Consentry】有一件進口報關委任待您確認。A declaration in your name waits for your answer: ${link}`;
  }
}

/** To the number that the person is bound to, while somebody asks to bind another one. */
export const phoneChangeText = (publicUrl: string): string =>
  `【Consentry】有人申請將您的實名認證改為其他門號。若不是您本人，請立即登入拒絕。Someone asked to move your registration to another phone number. Not you? Log in and refuse it: ${publicUrl}/`;
