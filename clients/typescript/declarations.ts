import { randomUUID } from 'node:crypto';
import { everyItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type {
  Cancellation,
  Declaration,
  DeclarationEvent,
  DeclarationFilter,
  Poa,
  Submission,
} from './types.ts';

export interface Keyed {
  /** Names this request: sent again under it, also after a crash, it is done once. A fresh one unless given. */
  idempotencyKey?: string;
}

export type Declarations = ReturnType<typeof createDeclarations>;

/** `/v1/declarations` */
export function createDeclarations(transport: Transport) {
  const { json, send } = transport;
  const at = (declarationId: string, rest = '') =>
    `/v1/declarations/${encodeURIComponent(declarationId)}${rest}`;
  const keyed = ({ idempotencyKey = randomUUID() }: Keyed) => ({ 'idempotency-key': idempotencyKey });

  return {
    /** P1: declares a shipment; its importer is asked. */
    create: (submission: Submission, options: Keyed = {}) =>
      json<Declaration>({
        method: 'POST',
        path: '/v1/declarations',
        body: JSON.stringify(submission),
        headers: keyed(options),
      }),

    get: (declarationId: string) => json<Declaration>({ method: 'GET', path: at(declarationId) }),

    /** Newest first. */
    list: (filter: DeclarationFilter = {}) =>
      everyItem<Declaration>(transport, '/v1/declarations', { ...filter }),

    /**
     * Amends it, whole: `version` is the one that the change is made on. Another one in force meanwhile is a `ProblemError` with
     * `version-conflict`. Answered with `proposed` while the process has not judged it.
     */
    amend: (declarationId: string, version: number, submission: Submission, options: Keyed = {}) =>
      json<Declaration>({
        method: 'PUT',
        path: at(declarationId),
        body: JSON.stringify(submission),
        headers: { ...keyed(options), 'if-match': `"${version}"` },
      }),

    cancel: (declarationId: string, cancellation: Cancellation, options: Keyed = {}) =>
      json<Declaration>({
        method: 'POST',
        path: at(declarationId, '/cancellation'),
        body: JSON.stringify(cancellation),
        headers: keyed(options),
      }),

    /** What happened to it, oldest first. */
    events: async (declarationId: string): Promise<DeclarationEvent[]> => {
      const events: DeclarationEvent[] = [];
      for await (const event of everyItem<DeclarationEvent>(transport, at(declarationId, '/events')))
        events.push(event);
      return events;
    },

    /** The outcome with its receipt; `not-found` before Customs has acknowledged it. */
    poa: (declarationId: string) => json<Poa>({ method: 'GET', path: at(declarationId, '/poa') }),

    /** The evidence pack (ZIP), as a stream of bytes. */
    evidence: async (declarationId: string): Promise<ReadableStream<Uint8Array>> => {
      const response = await send({
        method: 'GET',
        path: at(declarationId, '/poa/evidence'),
        headers: { accept: 'application/zip' },
      });
      return response.body ?? new ReadableStream();
    },
  };
}
