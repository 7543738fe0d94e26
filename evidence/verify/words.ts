/** What each check asks, and what it means when it fails, for who is no engineer. */
import type { CheckId } from './checks.ts';
import type { VerificationReport } from './verify-pack.ts';

export const LANGUAGES = ['zh-TW', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Words {
  /** The question, as one line of the table. */
  title: string;
  /** What follows when it fails. */
  meaning: string;
}

export const CHECK_WORDS: Record<Language, Record<CheckId, Words>> = {
  'zh-TW': {
    container: {
      title: '壓縮檔未經更動',
      meaning: '此檔案在 Consentry 產生之後被改動或損壞；請重新索取。',
    },
    files: {
      title: '檔案齊全，且與清單相符',
      meaning: '有檔案被更換、刪除、增加或損壞；所列檔案不可採信。',
    },
    seal: {
      title: '證據包由 Consentry 簽章',
      meaning:
        '無法證明此證據包（含 PDF 與海關回覆）係 Consentry 所產生；可能為偽造，或您的金鑰清單不是 Consentry 的。',
    },
    receipt: {
      title: '回條由 Consentry 簽章',
      meaning: '回條不是 Consentry 所簽，或簽署後被改動；不能證明任何人作過決定。',
    },
    'receipt-key': {
      title: '簽章金鑰於簽署時有效',
      meaning: '金鑰當時尚未啟用、已停用，或已通報外洩；回條可能出自他人之手。',
    },
    about: {
      title: '證據包與回條所指為同一件',
      meaning: '這些檔案來自不同的案件。',
    },
    declaration: {
      title: '報單內容即為所決定之內容',
      meaning: '報單在當事人決定之後被改動，或屬於另一件；內容不可採信。',
    },
    act: {
      title: '當事人所簽與回條相符',
      meaning: '當事人簽署的答覆、報單、報關業者或理由，與回條所載不同。',
    },
    challenge: {
      title: '通行密鑰所簽即為此答覆，且在本服務網站上簽署',
      meaning: '當事人的裝置當時簽的是別的內容，或是在別的網站上簽的。',
    },
    authenticator: {
      title: '裝置確認了使用者本人（密碼或生物辨識）',
      meaning: '簽署時裝置未驗證使用者，或是為別的服務簽署；不能證明本人在場。',
    },
    signature: {
      title: '通行密鑰的簽章有效',
      meaning: '簽章不是這把通行密鑰所作；不能證明當事人作過此答覆。',
    },
    assertion: {
      title: '簽章即為回條所記錄者',
      meaning: '此簽章不是當時收到的那一個。',
    },
    notice: {
      title: '當時顯示的告知事項',
      meaning: '告知事項的文字、語言或版本，與當事人簽署時所見不同。',
    },
    note: {
      title: '當事人的備註',
      meaning: '備註與當事人所簽者不同。',
    },
    binding: {
      title: '身分與門號、通行密鑰的綁定證明',
      meaning: '姓名、門號、電信業者的驗證結果或通行密鑰，與當時所記錄者不同；不能證明簽署者是誰。',
    },
    delivery: {
      title: '通知與顯示的時間',
      meaning: '通知或顯示的時間與回條所載不同。',
    },
    history: {
      title: '各版本的經過',
      meaning: '經過紀錄與回條不符。',
    },
    acknowledgement: {
      title: '海關的回覆屬於此件',
      meaning: '海關的回覆號碼屬於另一件。',
    },
    'log-entry': {
      title: '透明日誌的項目屬於此回條',
      meaning: '日誌中的項目屬於另一張回條。',
    },
    log: {
      title: '回條已列入透明日誌',
      meaning:
        '不能證明此回條已列入日誌：可能是事後製作，或日誌被改寫，或您的日誌金鑰、檢查點不是這個日誌的。',
    },
    witnesses: {
      title: '見證者已副署',
      meaning: '您指定的見證者未副署此檢查點。',
    },
  },
  en: {
    container: {
      title: 'The ZIP is as it was made',
      meaning: 'The file was changed or damaged after Consentry made it; ask for it again.',
    },
    files: {
      title: 'All files are there, as the manifest lists them',
      meaning: 'A file was replaced, removed, added or damaged; do not rely on the one that is named.',
    },
    seal: {
      title: 'Consentry sealed the pack',
      meaning:
        "Nothing shows that Consentry made this pack, its PDF and Customs' answer included: it may be forged, or your key list is not Consentry's.",
    },
    receipt: {
      title: 'Consentry sealed the receipt',
      meaning:
        'The receipt is not sealed by Consentry, or was changed since; it proves no decision of anybody.',
    },
    'receipt-key': {
      title: 'The key was in force when the receipt was sealed',
      meaning:
        'The key was not in use yet, not any more, or had been stolen: somebody else may have sealed this.',
    },
    about: {
      title: 'Pack and receipt are about the same case',
      meaning: 'These files come from different cases.',
    },
    declaration: {
      title: 'The declaration is the one that was decided on',
      meaning:
        'The declaration was changed after the decision, or is another one; do not rely on what it says.',
    },
    act: {
      title: 'What the person signed is what the receipt says',
      meaning: 'The person signed another answer, declaration, broker or reason than the receipt tells.',
    },
    challenge: {
      title: "The passkey signed this very answer, on the service's own site",
      meaning: "The person's device signed something else, or on another site.",
    },
    authenticator: {
      title: 'The device verified its user (PIN or biometrics)',
      meaning:
        'The device did not verify who used it, or signed for another service: the person may not have been there.',
    },
    signature: {
      title: "The passkey's signature is valid",
      meaning: 'The signature is not by this passkey; it does not prove that the person gave this answer.',
    },
    assertion: {
      title: 'The signature is the one that the receipt recorded',
      meaning: 'This is not the signature that was received at the time.',
    },
    notice: {
      title: 'The notice that was shown',
      meaning: 'Text, language or version of the notice are not what the person saw when they signed.',
    },
    note: {
      title: "The person's note",
      meaning: 'The note is not the one that the person signed.',
    },
    binding: {
      title: 'Proof that ties identity, phone and passkey together',
      meaning:
        "Name, phone, the operator's results or the passkey are not as recorded at the time: it is not proved who signed.",
    },
    delivery: {
      title: 'When the person was told and shown',
      meaning: 'The times are not those in the receipt.',
    },
    history: {
      title: 'What became of each version',
      meaning: 'The history does not fit the receipt.',
    },
    acknowledgement: {
      title: "Customs' answer belongs to this case",
      meaning: "Customs' acknowledgement is that of another case.",
    },
    'log-entry': {
      title: "The log's entry is this receipt's",
      meaning: 'The entry in the log belongs to another receipt.',
    },
    log: {
      title: 'The receipt is in the transparency log',
      meaning:
        "It is not proved that the receipt is in the log: it may have been made later, the log rewritten, or your log key or checkpoint is another log's.",
    },
    witnesses: {
      title: 'Witnesses cosigned',
      meaning: 'A witness that you asked for has not cosigned this checkpoint.',
    },
  },
};

type About = NonNullable<VerificationReport['about']>;

/** Words of the command line. */
export interface CliWords {
  help: string;
  onePack: string;
  trustNeeded: string;
  bothOfThem: string;
  about(about: About): string;
  means: string;
  found: string;
  genuine: string;
  notGenuine(failed: number): string;
}

export const CLI_WORDS: Record<Language, CliWords> = {
  'zh-TW': {
    help: `consentry-verify <pack.zip> --jwks <檔案> (--log-key <金鑰> | --checkpoint <檔案>) [選項]

離線查驗 Consentry 的委任證據包：不使用網路，不信任證據包內的任何金鑰。

  --jwks <檔案>        回條簽章金鑰清單（JWKS），取自 Consentry 公告處或海關
  --log-key <金鑰>     透明日誌的驗證金鑰（vkey），或存有該金鑰之檔案
  --checkpoint <檔案>  您另行取得的日誌檢查點；證據包須以此檢查點為準
  --witness <金鑰>     必須副署的見證者之驗證金鑰；可重複
  --rp-id <識別碼> --origin <網址>
                       通行密鑰必須使用於此服務；未給時以證據包中受簽章保護者為準
  --lang zh-TW|en      語言
  --json               以 JSON 輸出
  --help               顯示本說明

結束代碼：0 真實；1 有查驗項目未通過；2 無法理解命令列或讀取檔案。`,
    onePack: '請指定一個證據包（ZIP）；--help 有說明。',
    trustNeeded: '需要 --jwks，以及 --log-key 或 --checkpoint；--help 有說明。',
    bothOfThem: '--rp-id 與 --origin 須一併給定。',
    about: ({ declarationId, version, outcome, decidedAt, brokerBoxNumber }) =>
      `${declarationId} 第 ${version} 版：${outcome}，${decidedAt}，報關業者 ${brokerBoxNumber}`,
    means: '意義：',
    found: '發現：',
    genuine: '結果：真實。所有查驗項目均通過。',
    notGenuine: (failed) => `結果：不可採信。${failed} 項查驗未通過。`,
  },
  en: {
    help: `consentry-verify <pack.zip> --jwks <FILE> (--log-key <KEY> | --checkpoint <FILE>) [options]

Checks an evidence pack of Consentry offline: no network, and no key is believed for being in the pack.

  --jwks <FILE>        keys of receipts (JWKS), from where Consentry publishes them or from Customs
  --log-key <KEY>      the transparency log's verifier key (vkey), or a file that holds it
  --checkpoint <FILE>  a checkpoint of the log that you got elsewhere; the pack must be proved against this one
  --witness <KEY>      verifier key of a witness that must have cosigned; may be repeated
  --rp-id <ID> --origin <URL>
                       the service that the passkey must have been used on; else what the sealed pack says counts
  --lang zh-TW|en      language
  --json               the report as JSON
  --help               prints this

Exit codes: 0 genuine, 1 a check failed, 2 command line not understood or a file not readable.`,
    onePack: 'Name one evidence pack (ZIP); --help explains.',
    trustNeeded: '--jwks is needed, and --log-key or --checkpoint; --help explains.',
    bothOfThem: '--rp-id and --origin belong together.',
    about: ({ declarationId, version, outcome, decidedAt, brokerBoxNumber }) =>
      `${declarationId} version ${version}: ${outcome}, ${decidedAt}, broker ${brokerBoxNumber}`,
    means: 'It means: ',
    found: 'Found: ',
    genuine: 'Result: genuine. Every check passed.',
    notGenuine: (failed) => `Result: NOT to be relied on. Failed checks: ${failed}.`,
  },
};
