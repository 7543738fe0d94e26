/** What the human-readable document tells, as labelled rows in one language. */
import { createHash } from 'node:crypto';
import type { Evidence } from '../db/evidence.ts';
import type { BindingProof } from '../domain/binding.ts';
import { type CanonicalDeclaration, totals } from '../domain/canonical.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { SimCheck } from '../domain/sim-check.ts';
import { type Label, POA_WORDS, type PoaWords } from './poa-words.ts';
import type { Language } from './verify/words.ts';

export interface Section {
  heading: string;
  rows: { label: string; values: string[] }[];
}

export interface PoaFacts {
  title: string;
  subtitle: string;
  statement: string;
  sections: Section[];
  check: { heading: string; paragraphs: string[] };
  glyphs: string;
}

/** When this pack was made, and what the receipt says. */
export interface PackContext {
  issuedAt: Date;
  claims: Partial<Receipt>;
  recordId: string;
}

type Row = [Label, string | string[] | null | undefined];

export function poaFacts(evidence: Evidence, context: PackContext, language: Language): PoaFacts {
  const words = POA_WORDS[language];
  const declaration = JSON.parse(evidence.declaration) as CanonicalDeclaration;
  const binding = evidence.answer?.binding ? (JSON.parse(evidence.answer.binding) as BindingProof) : null;
  const broker = `${evidence.broker.name} (${evidence.broker.boxNumber})`;
  const section = (name: keyof PoaWords['sections'], rows: Row[]): Section => ({
    heading: words.sections[name],
    rows: rows.flatMap(([label, value]) => {
      const values = typeof value === 'string' ? [value] : (value ?? []);
      return values.length > 0 ? [{ label: words.labels[label], values }] : [];
    }),
  });
  return {
    title: words.title,
    subtitle: words.subtitle,
    statement: words.statement[evidence.outcome](binding?.name ?? declaration.importer.name, broker),
    sections: [
      section('who', whoRows(declaration, binding, context.claims)),
      section('what', whatRows(evidence, declaration, words, broker)),
      section('answer', answerRows(evidence, context.claims, words)),
      section('told', toldRows(evidence, context.claims, words)),
      section('customs', [
        ['acknowledgement', evidence.acknowledgementNumber],
        ['acknowledgedAt', moment(evidence.acknowledgedAt)],
      ]),
      section('digests', [
        ['recordId', context.recordId],
        ['declarationDigest', hex(evidence.declaration)],
        ['receiptDigest', hex(evidence.receipt)],
        ['logEntry', evidence.leaf && `#${evidence.leaf.leafIndex} ${evidence.leaf.entry.toString('hex')}`],
        ['issuedAt', moment(context.issuedAt)],
      ]),
    ],
    check: { heading: words.sections.check, paragraphs: words.check },
    glyphs: words.glyphs,
  };
}

function whoRows(
  { importer }: CanonicalDeclaration,
  binding: BindingProof | null,
  { verification, pii_principal_id }: Partial<Receipt>,
): Row[] {
  return [
    ['name', binding?.name ?? importer.name],
    ['phone', binding?.phone ?? importer.phone],
    ['fileNumber', binding?.fileNumber],
    ['subject', pii_principal_id],
    ['operator', text(verification?.binding.operator)],
    ['numberVerification', result(verification?.numberVerification)],
    ['kycMatch', result(verification?.kycMatch)],
    ['simCheck', verification?.simCheck && simResult(verification.simCheck)],
    ['boundAt', binding && moment(new Date(binding.boundAt))],
  ];
}

function whatRows(
  { reference, version }: Evidence,
  declaration: CanonicalDeclaration,
  words: PoaWords,
  broker: string,
): Row[] {
  const { consignor, freight, goods } = declaration;
  const priced = goods.map((line) => ({ ...line, price: `${line.currency} ${line.price}` }));
  return [
    ['broker', broker],
    ['reference', reference],
    ['version', String(version)],
    ['waybills', `${declaration.masterWaybill} / ${declaration.houseWaybill}`],
    ['flight', declaration.flight],
    ['importDate', declaration.importDate],
    ['consignor', consignor && `${consignor.name} (${consignor.country})`],
    ['goods', priced.map(words.goods)],
    ['freight', freight && `${freight.currency} ${freight.amount}`],
    ['totals', totals(declaration).map(({ currency, amount }) => `${currency} ${amount}`)],
    ['packages', `${declaration.packages} / ${declaration.grossMassKg} kg`],
  ];
}

function answerRows(evidence: Evidence, { event, reason, act }: Partial<Receipt>, words: PoaWords): Row[] {
  const { answer, outcome } = evidence;
  return [
    ['decision', words.outcomes[outcome]],
    ['reason', reason && (words.reasons[reason] ?? reason)],
    ['lines', act?.lines?.join(', ')],
    ['note', answer?.note],
    ['decidedAt', event && moment(new Date(event.event_time))],
    ['notice', answer && `${answer.notice.version}, ${answer.notice.locale}`],
    ['passkey', answer && hex(Buffer.from(answer.credentialPublicKey, 'base64url'))],
  ];
}

function toldRows({ messages }: Evidence, { delivery }: Partial<Receipt>, words: PoaWords): Row[] {
  const sent = messages.filter(({ sentAt }) => sentAt !== null);
  const told = sent.map(({ kind, sentAt, displayedAt }) => {
    const at = [sentAt, displayedAt].filter((time) => time !== null).map((time) => moment(new Date(time)));
    return `${words.messages[kind] ?? kind}: ${at.join(' → ')}`;
  });
  const shownAt = delivery?.shownAt ? moment(new Date(delivery.shownAt)) : null;
  return [['shownAt', [...(shownAt ? [shownAt] : []), ...told]]];
}

const hex = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Result, API version and correlator, under which the operator finds the call again. */
const result = (answer: Record<string, unknown> | null | undefined): string | null =>
  answer ? [answer.result, answer.apiVersion, answer.correlator, answer.at].filter(Boolean).join(', ') : null;

const simResult = ({ simSwap, numberRecycling, at }: SimCheck): string =>
  [simSwap, numberRecycling].map(({ apiVersion, result: found }) => `${apiVersion}: ${found}`).join(', ') +
  `, ${at}`;

/** Taiwan time, to the second, with its offset. */
const moment = (at: Date): string =>
  `${new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')} +08:00`;
