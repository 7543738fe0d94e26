/** Customs' own control calls: what it holds, how it behaves, and brokers that lodge past Consentry. */
import type { Router } from 'express';
import { parseBody } from '../problem.ts';
import type { CustomsParts } from './customs.ts';
import { addressOf, lodgeElsewhere } from './elsewhere.ts';
import { lodgeElsewhereSchema, modeSchema } from './schemas.ts';

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
  control.post('/lodge', async (req, res) => {
    const { version, ...declaration } = parseBody(lodgeElsewhereSchema, req);
    const told = await lodgeElsewhere(parts, declaration, version);
    res.status(told.answer ? 200 : 502).json(told);
  });
}
