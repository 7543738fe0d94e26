/**
 * What Customs holds. It changes by facts alone, each written to the journal before it is acknowledged, so that the
 * state after a kill is the state that was answered for.
 */
import type { z } from 'zod';
import type { KeptAnswer } from '../idempotency.ts';
import type { fraudCaseSchema, identitySchema, modeSchema, poaSchema } from './schemas.ts';

export type Mode = z.output<typeof modeSchema>;
export type FraudCase = z.output<typeof fraudCaseSchema>;
export type Context = Record<string, unknown> & { declarationNumber: string; version: number };

export interface IdentityFile extends z.output<typeof identitySchema> {
  registrationId: string;
  fileNumber: string;
}

export interface Lodged {
  /** Null for a declaration lodged elsewhere. */
  declarationId: string | null;
  declarationNumber: string;
  version: number;
  functionCode: '9' | '5' | '1';
  status: 'lodged' | 'cancelled';
  poaReference?: string | undefined;
  context: Context;
  /** A context promised for later: the answer that Consentry took it with, null while it has not. */
  delivery?: { id: string; status: number | null } | undefined;
}

export interface HeldPoa extends Omit<z.output<typeof poaSchema>, 'receipt'> {
  reference: string;
  version: number;
  acknowledgementNumber: string;
}

/** What one acknowledged call changed. */
export type Change =
  | { type: 'identity-filed'; file: IdentityFile }
  | { type: 'identity-ended'; registrationId: string }
  | { type: 'lodged'; lodged: Lodged }
  | { type: 'poa-held'; poa: HeldPoa }
  | { type: 'poa-repeated'; declarationId: string; version: number }
  | { type: 'fraud-case-filed'; caseId: string; fraudCase: FraudCase }
  | { type: 'nothing' };

export type Fact =
  | { type: 'acted'; key: string; answer: KeptAnswer; change: Change }
  | { type: 'poa-contradicted'; declarationId: string; version: number; key: string }
  | { type: 'context-delivered'; id: string; status: number }
  | { type: 'lodged-elsewhere'; lodged: Lodged }
  | { type: 'mode'; mode: Mode };

export const DEFAULT_MODE: Mode = { context: 'inline', delayMs: 0 };

/** Our id where it came from us, the number where the broker lodged elsewhere. */
export const lodgedKey = (lodged: Pick<Lodged, 'declarationId' | 'declarationNumber'>): string =>
  lodged.declarationId ?? `number ${lodged.declarationNumber}`;

const poaKey = (declarationId: string, version: number): string => `${declarationId}/${version}`;

export class CustomsState {
  mode: Mode = DEFAULT_MODE;
  /** Serial of the next file, declaration or acknowledgement number. */
  serial = 1;
  readonly answers = new Map<string, KeptAnswer>();
  /** By identity number: one file per person. */
  readonly identities = new Map<string, IdentityFile>();
  /** The identity number of every registration that ever had a file. */
  readonly registrations = new Map<string, string>();
  readonly lodged = new Map<string, Lodged>();
  readonly fraudCases = new Map<string, FraudCase>();
  /** Lodgements whose context Consentry has not taken yet, by delivery id. */
  readonly undelivered = new Map<string, Lodged>();
  private readonly poas = new Map<string, { poa: HeldPoa; keys: Set<string> }>();
  private readonly highestPoa = new Map<string, number>();

  apply(fact: Fact): void {
    switch (fact.type) {
      case 'acted':
        this.answers.set(fact.key, fact.answer);
        this.change(fact.change, fact.key);
        break;
      case 'poa-contradicted':
        this.countKey(fact.declarationId, fact.version, fact.key);
        break;
      case 'context-delivered':
        this.delivered(fact.id, fact.status);
        break;
      case 'lodged-elsewhere':
        this.hold(fact.lodged);
        break;
      case 'mode':
        this.mode = fact.mode;
    }
  }

  poa(declarationId: string, version: number): HeldPoa | undefined {
    return this.poas.get(poaKey(declarationId, version))?.poa;
  }

  /** Highest version of which an outcome is held; 0 without one. */
  highestPoaVersion(declarationId: string): number {
    return this.highestPoa.get(declarationId) ?? 0;
  }

  /** One entry per declaration version; `received` counts the idempotency keys that reported it. */
  heldPoas(): (HeldPoa & { declarationNumber: string | null; received: number })[] {
    return [...this.poas.values()].map(({ poa, keys }) => ({
      ...poa,
      declarationNumber:
        this.lodged.get(poa.declarationId)?.declarationNumber ??
        (poa.reference === poa.declarationId ? null : poa.reference),
      received: keys.size,
    }));
  }

  private change(change: Change, key: string): void {
    switch (change.type) {
      case 'identity-filed':
        this.serial += 1;
        this.identities.set(change.file.idNumber, change.file);
        this.registrations.set(change.file.registrationId, change.file.idNumber);
        break;
      case 'identity-ended':
        this.endIdentity(change.registrationId);
        break;
      case 'lodged':
        this.hold(change.lodged);
        break;
      case 'poa-held':
        this.holdPoa(change.poa, key);
        break;
      case 'poa-repeated':
        this.countKey(change.declarationId, change.version, key);
        break;
      case 'fraud-case-filed':
        this.fraudCases.set(change.caseId, change.fraudCase);
    }
  }

  private endIdentity(registrationId: string): void {
    const idNumber = this.registrations.get(registrationId) ?? '';
    if (this.identities.get(idNumber)?.registrationId === registrationId) this.identities.delete(idNumber);
  }

  private hold(lodged: Lodged): void {
    this.serial += 1;
    this.lodged.set(lodgedKey(lodged), lodged);
    if (lodged.delivery) this.undelivered.set(lodged.delivery.id, lodged);
  }

  private holdPoa(poa: HeldPoa, key: string): void {
    this.serial += 1;
    this.poas.set(poaKey(poa.declarationId, poa.version), { poa, keys: new Set([key]) });
    this.highestPoa.set(poa.declarationId, Math.max(poa.version, this.highestPoaVersion(poa.declarationId)));
  }

  private countKey(declarationId: string, version: number, key: string): void {
    this.poas.get(poaKey(declarationId, version))?.keys.add(key);
  }

  private delivered(id: string, status: number): void {
    const lodged = this.undelivered.get(id);
    if (lodged?.delivery) lodged.delivery.status = status;
    this.undelivered.delete(id);
  }
}
