import type { AcknowledgedPoa } from '../db/poas.ts';

/** A POA as whoever it concerns is answered. */
export const acknowledged = ({ receipt, decidedAt, acknowledgedAt, purgedAt, ...poa }: AcknowledgedPoa) => ({
  ...poa,
  decidedAt: decidedAt.toISOString(),
  acknowledgedAt: acknowledgedAt.toISOString(),
  ...(receipt !== null && { receipt }),
  ...(purgedAt && { purgedAt: purgedAt.toISOString() }),
});
