/** What a broker can do with a declaration, and whether anything may still happen to it. */
import { isFinal, POA_STATE } from '../../domain/poa-state.ts';
import type { Declaration } from './types.ts';

type Standing = Pick<Declaration, 'status' | 'order' | 'proposed' | 'goods'>;

/** One that began at Customs is amended there; a change that is not judged is waited for; one that was purged is gone. */
export const mayAmend = ({ status, order, proposed, goods }: Standing): boolean =>
  POA_STATE[status].amend && order !== 'customs-started' && !proposed && goods !== undefined;

export const mayCancel = ({ status, proposed, goods }: Standing): boolean =>
  POA_STATE[status].cancel && !proposed && goods !== undefined;

export const isUnderWay = ({ status, proposed }: Pick<Standing, 'status' | 'proposed'>): boolean =>
  proposed !== undefined || !isFinal(status);

/** Customs has acknowledged an outcome. */
export const isDecided = ({ status }: Pick<Standing, 'status'>): boolean =>
  isFinal(status) || status === 'declined';
