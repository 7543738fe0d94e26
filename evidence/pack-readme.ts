import type { Evidence } from '../db/evidence.ts';

/** `README.txt`: what lies here and how to check it, for whoever opens the ZIP first. */
export const packReadme = ({ declarationId, version, outcome }: Evidence, publicUrl: string): string =>
  `進口報關委任證據包 / Evidence of a power of attorney for import declaration
${declarationId}, version ${version}: ${outcome}

請先閱讀 poa.pdf。要查驗本壓縮檔是否真實，請勿解壓縮，直接執行（不需網路）：
Read poa.pdf first. To check that this ZIP is genuine, do not unpack it, run (offline):

  npx consentry-verify pack.zip --jwks jwks.json --log-key "<verifier key>"

金鑰清單 (JWKS) 與日誌金鑰請自下列公告處或海關取得，勿用本檔所附者：
Get the key list and the log's key from where they are published, or from Customs, not from here:

  ${publicUrl}/.well-known/jwks.json
  ${publicUrl}/log/v1/keys

poa.pdf                        for reading: who, what, when
receipt.jws                    the sealed receipt (JWS, ES256)
declaration.json               the exact bytes that were decided on (RFC 8785)
assertion/                     the person's signature with a passkey (WebAuthn), where they answered
notice.json, notice.txt        what was shown to them by law; note.txt: what they wrote
binding.json                   how the person, the SIM and the passkey were tied together
delivery.json, history.json    when they were told; what became of each version
customs-acknowledgement.json   what Customs answered
log/                           proof that the receipt is in the transparency log (C2SP tlog-proof)
jwks.json                      keys of receipts when this was made, only a hint
manifest.json, manifest.jws    list of all files with their SHA-256, and Consentry's seal over it
`;
