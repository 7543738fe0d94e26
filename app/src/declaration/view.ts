/** What a screen has to say of a declaration, told from what the API says of it. */
import type { Declaration } from '../api/types.ts';

/**
 * `open`: it waits for this person · `in-correction`: back with the broker or Customs, and asked anew when it comes
 * back · `over`: the time is over · `withdrawn`: by the broker · `settled`: ended in another way.
 */
export type View = 'open' | 'in-correction' | 'over' | 'withdrawn' | 'settled';

/** Of one that this person has not answered. The server's word alone counts: a phone's clock may be wrong. */
export function viewOf({ status }: Pick<Declaration, 'status'>): View {
  switch (status) {
    case 'awaiting_importer':
      return 'open';
    case 'received':
    case 'lodging':
    case 'awaiting_context':
    case 'awaiting_registration':
    case 'needs_correction':
      return 'in-correction';
    case 'expired':
    case 'unregistered':
      return 'over';
    case 'cancelled':
      return 'withdrawn';
    default:
      return 'settled';
  }
}

/**
 * How far an answer has come. `kept`: by us · `on-its-way`: judged, Customs has not said that it has it · `attention`:
 * people look into it · `acknowledged`: Customs has it.
 */
export type Stage = 'kept' | 'on-its-way' | 'attention' | 'acknowledged';

export function stageOf({ answer, status }: Pick<Declaration, 'answer' | 'status'>): Stage {
  if (answer?.customsAcknowledgedAt !== undefined) return 'acknowledged';
  if (status === 'needs_attention') return 'attention';
  return status === 'reporting' ? 'on-its-way' : 'kept';
}
