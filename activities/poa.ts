import { createPoaCustomsActivities } from './poa-customs.ts';
import { createPoaNotifyActivities } from './poa-notify.ts';
import { createPoaRecordActivities } from './poa-records.ts';
import type { PoaDeps } from './poa-step.ts';

/** Every effect of the POA process, by counterpart. */
export const createPoaActivities = (deps: PoaDeps) => ({
  ...createPoaRecordActivities(deps),
  ...createPoaCustomsActivities(deps),
  ...createPoaNotifyActivities(deps),
});

export type PoaActivities = ReturnType<typeof createPoaActivities>;
