/** The files of a pack, each read in its one form. */
import { z } from 'zod';
import type { BindingProof } from '../../domain/binding.ts';
import { jcs } from '../../domain/canonical.ts';
import type { SignedAct } from '../../domain/challenge.ts';
import { DECISIONS, REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import type {
  CustomsAcknowledgement,
  LogLeaf,
  Manifest,
  PackDelivery,
  PackFile,
  PackHistory,
} from '../../domain/pack.ts';
import { Failure } from './failure.ts';
import type { ZipEntry } from './zip.ts';

export class PackFiles {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #known = new Map<string, { value: unknown } | { error: unknown }>();
  readonly names: readonly string[];

  constructor(entries: readonly ZipEntry[]) {
    this.#files = new Map(entries.map(({ name, bytes }) => [name, bytes]));
    this.names = entries.map(({ name }) => name);
  }

  /** Does the work once, and gives the same result or failure to all who ask: many checks look at the same files. */
  once<T>(what: string, work: () => T): T {
    const known = this.#known.get(what) ?? attempt(work);
    this.#known.set(what, known);
    if ('error' in known) throw known.error;
    return known.value as T;
  }

  has(name: PackFile): boolean {
    return this.#files.has(name);
  }

  /** Throws `Failure` when it is not there, as all that follow do. */
  bytes(name: string): Uint8Array {
    const bytes = this.#files.get(name);
    if (!bytes) throw new Failure(`${name} is missing`);
    return bytes;
  }

  text(name: PackFile): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(name));
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(`${name} is no UTF-8`);
    }
  }

  /** JSON of a form, written as RFC 8785 says: the same content has the same bytes. */
  json<T>(name: PackFile, schema: z.ZodType<T>): T {
    return this.once(name, () => this.#parse(name, schema));
  }

  #parse<T>(name: PackFile, schema: z.ZodType<T>): T {
    const text = this.text(name);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Failure(`${name} is no JSON`);
    }
    if (jcs(value) !== text) throw new Failure(`${name} is not written in canonical form (RFC 8785)`);
    const result = schema.safeParse(value);
    if (!result.success) {
      const at = result.error.issues[0]?.path.join('.') ?? '';
      throw new Failure(`${name} does not have its form${at && `, at ${at}`}`);
    }
    return result.data;
  }
}

function attempt(work: () => unknown): { value: unknown } | { error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const outcome = z.enum(REPORTED_OUTCOMES);
const facts = z.record(z.string(), z.unknown());
const time = z.iso.datetime();

export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  v: z.literal('pack/v1'),
  recordId: z.string(),
  declarationId: z.string(),
  version: z.int(),
  outcome,
  issuedAt: time,
  files: z.array(z.strictObject({ name: z.string(), bytes: z.int(), sha256: digest })),
});

/** Of the declaration only what is compared: that it is whole, its digest tells. */
export const declarationSchema = z.looseObject({ brokerBoxNumber: z.string() });

export const actSchema: z.ZodType<SignedAct> = z.strictObject({
  v: z.literal('poa/v1'),
  digest,
  version: z.int(),
  broker: z.string(),
  subject: z.string(),
  decision: z.enum(DECISIONS),
  reason: z.string().nullable(),
  lines: z.array(z.int()).nullable(),
  noteDigest: digest.nullable(),
  notice: z.strictObject({ digest, build: z.string().nullable() }),
  nonce: z.string(),
});

export const noticeSchema = z.strictObject({ version: z.string(), locale: z.string(), text: z.string() });

export const bindingSchema: z.ZodType<BindingProof> = z.strictObject({
  v: z.literal('binding/v1'),
  salt: z.string(),
  subject: z.string(),
  name: z.string(),
  phone: z.string(),
  fileNumber: z.string().nullable(),
  boundAt: time,
  verification: z.strictObject({
    binding: facts,
    numberVerification: facts.nullable(),
    kycMatch: facts.nullable(),
  }),
  passkey: z.strictObject({ credentialId: z.string(), publicKeyDigest: digest, createdAt: time }),
  relyingParty: z.strictObject({ id: z.string(), origin: z.string() }),
});

export const acknowledgementSchema: z.ZodType<CustomsAcknowledgement> = z.strictObject({
  recordId: z.string(),
  declarationId: z.string(),
  version: z.int(),
  outcome,
  reference: z.string(),
  acknowledgementNumber: z.string(),
  acknowledgedAt: time,
  source: z.enum(['consentry', 'customs']),
});

export const leafSchema: z.ZodType<LogLeaf> = z.strictObject({ salt: z.string(), entry: z.string() });

export const deliverySchema: z.ZodType<PackDelivery> = z.strictObject({
  sealed: z
    .strictObject({
      shownAt: time.nullable(),
      notifications: z.array(
        z.strictObject({ kind: z.string(), sentAt: time.nullable(), displayedAt: time.nullable() }),
      ),
    })
    .nullable(),
  messages: z.array(
    z.strictObject({
      kind: z.string(),
      createdAt: time,
      sentAt: time.nullable(),
      failedAt: time.nullable(),
      displayedAt: time.nullable(),
    }),
  ),
});

export const historySchema: z.ZodType<PackHistory> = z.strictObject({
  versions: z.array(
    z.strictObject({
      version: z.int(),
      digest,
      createdAt: time,
      respondBy: time,
      shownAt: time.nullable(),
      outcome: z.enum([...REPORTED_OUTCOMES, 'superseded']).nullable(),
      decidedAt: time.nullable(),
      receiptDigest: digest.nullable(),
    }),
  ),
  events: z.array(z.strictObject({ type: z.string(), version: z.int(), at: time })),
});
