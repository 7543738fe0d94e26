/**
 * A stand-in of the Customs clearance system (關港貿單一窗口): identity files, declarations, POA results and fraud
 * cases. Simulated; README.md says what is not.
 */
import type { Express, Request, RequestHandler } from 'express';
import { createControlledApp } from '../control.ts';
import { readKey } from '../idempotency.ts';
import { openJournal } from '../journal.ts';
import { listen, type StandIn } from '../listen.ts';
import type { SandboxPages } from '../pages/page.ts';
import { parseBody, problemBody, problemHandler, Refusal, requireBearer, unknownRoute } from '../problem.ts';
import { addControl } from './control.ts';
import { type Act, lodge } from './declarations.ts';
import { type ConsentryAddress, type Deliveries, startDeliveries } from './deliveries.ts';
import { addCustomsPages } from './desk.ts';
import { Contradiction, report } from './poas.ts';
import { fraudCaseSchema, identityEndSchema, identitySchema, lodgementSchema, poaSchema } from './schemas.ts';
import { CustomsState, type Fact } from './state.ts';

export interface CustomsOptions {
  /** Consentry's token at Customs. */
  token: string;
  /** Where contexts are sent; without it they go out in answers only. */
  consentry?: ConsentryAddress;
  /** Journal; without it everything is forgotten at the end. */
  stateFile?: string;
  /** The sandbox's other pages, which its own link. */
  pages?: SandboxPages;
}

/** What the routes work with. */
export interface CustomsParts {
  /** Replaced by a reset. */
  state: CustomsState;
  /** Journals a fact, then applies it. */
  note(fact: Fact): void;
  consentry: ConsentryAddress | undefined;
  deliveries: Deliveries | undefined;
}

export function createCustoms(options: CustomsOptions): StandIn {
  return {
    listen: async (port, address) => {
      const opened = openCustoms(options);
      const listening = await listen(port, () => opened.app, address);
      return {
        url: listening.url,
        close: async () => {
          await listening.close();
          opened.close();
        },
      };
    },
  };
}

function openCustoms({ token, consentry, stateFile, pages: known }: CustomsOptions): {
  app: Express;
  close(): void;
} {
  let state = new CustomsState();
  const journal = openJournal<Fact>(stateFile, (fact) => state.apply(fact));
  const note = (fact: Fact) => {
    journal.append(fact);
    state.apply(fact);
  };
  const start = () =>
    consentry && startDeliveries(consentry, (id, status) => note({ type: 'context-delivered', id, status }));
  const parts: CustomsParts = { state, note, consentry, deliveries: start() };
  for (const [id, { context }] of state.undelivered) parts.deliveries?.add(id, context, 0);

  const { app, control, pages } = createControlledApp({
    reset: () => {
      parts.deliveries?.stop();
      journal.clear();
      state = new CustomsState();
      parts.state = state;
      parts.deliveries = start();
    },
    faultBody: (status) => ({
      type: 'application/problem+json',
      body: problemBody({ status, code: 'fault', detail: 'A fault that the sandbox was told to show.' }),
    }),
  });
  addControl(control, parts);
  addCustomsPages(pages, parts, known);
  addInterface(app, token, parts);
  return {
    app,
    close: () => {
      parts.deliveries?.stop();
      journal.close();
    },
  };
}

function addInterface(app: Express, token: string, parts: CustomsParts): void {
  app.use(requireBearer(token));
  app.put('/identities/:registrationId', acting(parts, fileIdentity));
  app.delete('/identities/:registrationId', acting(parts, endIdentity));
  app.post(
    '/declarations',
    acting(parts, (req, key, { state }) => lodge(state, parseBody(lodgementSchema, req), key, new Date())),
  );
  app.put('/poas/:reference/:version', acting(parts, reportPoa));
  app.put('/fraud-cases/:caseId', acting(parts, fileFraudCase));
  app.use(unknownRoute, problemHandler);
}

type Handler = (req: Request, key: string, parts: CustomsParts) => Act | Refused;

/** An answer that is not kept: the same key is judged anew. */
interface Refused {
  status: number;
  body: unknown;
  change: null;
}

/** One key, one act: keeps act and answer as one fact before answering, and answers a repeat with the first. */
function acting(parts: CustomsParts, handle: Handler): RequestHandler {
  return (req, res) => {
    const { key, fingerprint, kept } = readKey(parts.state.answers, req);
    const answer = kept ?? handle(req, key, parts);
    if ('change' in answer && answer.change) {
      const { status, body, change } = answer;
      parts.note({ type: 'acted', key, answer: { fingerprint, status, body }, change });
      deliverLater(parts, key);
    }
    if (answer.status === 204) res.status(204).end();
    else res.status(answer.status).json(answer.body);
  };
}

function deliverLater({ state, deliveries }: CustomsParts, id: string): void {
  const lodged = state.undelivered.get(id);
  if (lodged) deliveries?.add(id, lodged.context, state.mode.delayMs);
}

/** R4. A person has one file: another registration of the same identity number takes it over, number and all. */
function fileIdentity(req: Request, _key: string, { state }: CustomsParts): Act {
  const identity = parseBody(identitySchema, req);
  const fileNumber =
    state.identities.get(identity.idNumber)?.fileNumber ?? `F${String(state.serial).padStart(9, '0')}`;
  const file = { registrationId: parameter(req, 'registrationId'), fileNumber, ...identity };
  return { status: 201, body: { fileNumber }, change: { type: 'identity-filed', file } };
}

function endIdentity(req: Request, _key: string, { state }: CustomsParts): Act {
  parseBody(identityEndSchema, req);
  const registrationId = parameter(req, 'registrationId');
  if (!state.registrations.has(registrationId))
    throw new Refusal({ status: 404, code: 'not-found', detail: 'No file under this registration.' });
  return { status: 204, body: null, change: { type: 'identity-ended', registrationId } };
}

function reportPoa(req: Request, key: string, parts: CustomsParts): Act | Refused {
  const version = Number(parameter(req, 'version'));
  if (!Number.isInteger(version) || version < 1)
    throw new Refusal({ status: 404, code: 'not-found', detail: 'Versions count from 1.' });
  const asked = { reference: parameter(req, 'reference'), version, ...parseBody(poaSchema, req) };
  const told = replyAsTold(parts);
  if (told) return told;
  try {
    return report(parts.state, asked);
  } catch (error) {
    if (error instanceof Contradiction)
      parts.note({ type: 'poa-contradicted', declarationId: asked.declarationId, version, key });
    throw error;
  }
}

/** A reply code other than `00` is a refusal: nothing is held. */
function replyAsTold({ state, note }: CustomsParts): Refused | undefined {
  const { replyCode, times, ...mode } = state.mode;
  if (replyCode === undefined) return undefined;
  if (times !== undefined)
    note({ type: 'mode', mode: times > 1 ? { ...state.mode, times: times - 1 } : mode });
  const acknowledgementNumber = `R${String(state.serial).padStart(9, '0')}`;
  return { status: 200, body: { acknowledgementNumber, replyCode }, change: null };
}

function fileFraudCase(req: Request): Act {
  const fraudCase = parseBody(fraudCaseSchema, req);
  const caseId = parameter(req, 'caseId');
  return { status: 200, body: { caseId }, change: { type: 'fraud-case-filed', caseId, fraudCase } };
}

const parameter = (req: Request, name: string): string => String(req.params[name]);
