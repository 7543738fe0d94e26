import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { continueAsNew, setCurrentDetails, sleep, upsertSearchAttributes } from '@temporalio/workflow';
import type { ManifestActivities } from '../activities/manifests.ts';
import { manifestWorkflowId } from '../domain/ids.ts';
import type { ManifestTurn } from '../domain/manifest.ts';
import { type ManifestInput, SEARCH_ATTRIBUTE } from '../domain/messages.ts';
import { ownId } from './own-id.ts';
import { stepsOf } from './steps.ts';

const { patient } = stepsOf<ManifestActivities>();

const STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTE.status, SearchAttributeType.KEYWORD);

/** Turns of one run, some ten events each: then it goes on in a fresh history. The database knows where it stands. */
const MOST_TURNS = 100;

/** Makes declarations of a manifest's lines, a turn at a time, and starts their processes; a second run does nothing twice. */
export async function manifest(input?: Partial<ManifestInput> | null): Promise<ManifestTurn> {
  const manifestId = ownId(input?.manifestId, manifestWorkflowId);
  for (let turns = 0; turns < MOST_TURNS; turns++) {
    const turn = await patient('takeLines', { manifestId }, 'Declare the next lines, start their processes');
    setCurrentDetails(
      turn.completed ? 'Every line has its answer.' : `Lines without an answer: ${turn.waiting}.`,
    );
    if (turn.completed) {
      upsertSearchAttributes([{ key: STATUS, value: 'completed' }]);
      return turn;
    }
    if (turn.pauseMs > 0) await sleep(turn.pauseMs);
  }
  return continueAsNew<typeof manifest>({ manifestId });
}
