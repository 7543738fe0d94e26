import type { AcknowledgedPoa } from '../db/poas.ts';

/** A POA as whoever it concerns is answered. */
export const acknowledged = ({ receipt, decidedAt, acknowledgedAt, ...poa }: AcknowledgedPoa) => ({
  ...poa,
  decidedAt: decidedAt.toISOString(),
  acknowledgedAt: acknowledgedAt.toISOString(),
  ...(receipt !== null && { receipt }),
});
