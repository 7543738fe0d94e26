/** Customs' own control calls: what it holds, how it behaves, and brokers that lodge past Consentry. */
import type { Request, Response, Router } from 'express';
import { parseBody, Refusal } from '../problem.ts';
import type { CustomsParts } from './customs.ts';
import { contextOf } from './declarations.ts';
import { sendContext } from './deliveries.ts';
import { lodgeElsewhereSchema, modeSchema } from './schemas.ts';
import { type Lodged, lodgedKey } from './state.ts';

export function addControl(control: Router, parts: CustomsParts): void {
  control.get('/mode', (_req, res) => void res.json(parts.state.mode));
  control.put('/mode', (req, res) => {
    const mode = parseBody(modeSchema, req);
    if (mode.context === 'later') addressOf(parts);
    parts.note({ type: 'mode', mode });
    res.json(mode);
  });
  control.get('/identities', (_req, res) => void res.json([...parts.state.identities.values()]));
  control.get('/poas', (_req, res) => void res.json(parts.state.heldPoas()));
  control.get('/declarations', (_req, res) => void res.json([...parts.state.lodged.values()]));
  control.get('/fraud-cases', (_req, res) => {
    res.json([...parts.state.fraudCases].map(([caseId, fraudCase]) => ({ caseId, ...fraudCase })));
  });
  control.post('/lodge', (req, res) => lodgeElsewhere(parts, req, res));
}

/** Customs numbers and holds the declaration, tells Consentry of it once, and shows Consentry's answer. */
async function lodgeElsewhere(parts: CustomsParts, req: Request, res: Response): Promise<void> {
  const { version, ...declaration } = parseBody(lodgeElsewhereSchema, req);
  const address = addressOf(parts);
  const key = lodgedKey({ declarationId: null, declarationNumber: declaration.declarationNumber ?? '' });
  const held = parts.state.lodged.get(key);
  const context = contextOf(parts.state, declaration, { version, at: new Date(), held });
  const lodged: Lodged = {
    declarationId: null,
    declarationNumber: context.declarationNumber,
    version,
    functionCode: held ? '5' : '9',
    status: 'lodged',
    context,
  };
  parts.note({ type: 'lodged-elsewhere', lodged });
  const { declarationNumber } = context;
  try {
    res.json({ declarationNumber, context, answer: await sendContext(address, context) });
  } catch {
    res.status(502).json({ declarationNumber, context, answer: null });
  }
}

function addressOf({ consentry }: CustomsParts) {
  if (consentry) return consentry;
  throw new Refusal({
    status: 422,
    code: 'no-consentry',
    detail: 'Started without CONSENTRY_URL and CONSENTRY_TOKEN: contexts go out in answers only.',
  });
}
