import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { PoaActivities } from '../../activities/poa.ts';
import { type DecideMessage, type PoaInput, SIGNAL } from '../../domain/messages.ts';
import type { PoaFence } from '../../domain/poa-view.ts';

const { openPoa, ask, judgeDecision } = proxyActivities<PoaActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumInterval: '5m' },
});

/**
 * The same happy path as a textbook would write it: every step a regular activity, the decision a Signal. It does the
 * same work in the database and at Customs; only the way through Temporal differs. For comparison, never for use.
 */
export async function poa({ declarationId }: PoaInput): Promise<void> {
  let consentId: string | undefined;
  setHandler(defineSignal<[DecideMessage]>(SIGNAL.decide), (message) => {
    consentId = message.consentId;
  });
  const { epoch, view } = await openPoa({ declarationId });
  const fence = (step: number): PoaFence => ({ declarationId, epoch, step });
  await ask({ fence: fence(1) });
  await condition(() => consentId !== undefined, view.respondBy - Date.now());
  if (consentId) await judgeDecision({ fence: fence(2), consentId });
}
