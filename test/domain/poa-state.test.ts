import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECISIONS, isDecision, ORDERS, REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import {
  FINAL_STATUSES,
  isFinal,
  mayFollow,
  OPERATOR_STATUSES,
  POA_STATE,
  POA_STATUSES,
  type PoaStatus,
} from '../../domain/poa-state.ts';
import { noNudges, nudgeMoments } from '../../domain/poa-view.ts';

/** The contract's table: what the deadline makes of a status, whether it may be amended and cancelled. */
const TABLE: [PoaStatus, string | null, boolean, boolean][] = [
  ['received', 'expired', true, true],
  ['lodging', 'expired', true, true],
  ['awaiting_context', 'expired', true, true],
  ['needs_correction', 'expired', true, true],
  ['awaiting_importer', 'expired', true, true],
  ['awaiting_registration', 'unregistered', true, true],
  ['reporting', null, false, false],
  ['needs_attention', null, false, false],
  ['declined', null, true, false],
  ['confirmed', null, false, false],
  ['repudiated', null, false, false],
  ['expired', null, false, false],
  ['unregistered', null, false, false],
  ['cancelled', null, false, false],
];

describe("the POA's table of states", () => {
  it('holds every status of the contract, and no other', () => {
    expect(TABLE.map(([status]) => status).sort()).toEqual([...POA_STATUSES].sort());
    expect(Object.keys(POA_STATE).sort()).toEqual([...POA_STATUSES].sort());
  });

  it.each(TABLE)('%s: deadline %s, amend %s, cancel %s', (status, deadline, amend, cancel) => {
    expect(POA_STATE[status]).toMatchObject({ deadline, amend, cancel });
  });

  it('leads only to statuses that it knows, and never to the same again', () => {
    for (const status of POA_STATUSES) {
      const { next } = POA_STATE[status];
      for (const to of next) expect(POA_STATUSES).toContain(to);
      expect(new Set(next).size).toBe(next.length);
      expect(next).not.toContain(status);
    }
  });

  it('ends in the final statuses, and only there', () => {
    const ends = POA_STATUSES.filter((status) => POA_STATE[status].next.length === 0);
    expect(ends.sort()).toEqual([...FINAL_STATUSES].sort());
    for (const status of POA_STATUSES) expect(isFinal(status)).toBe(ends.includes(status));
  });

  it('reaches every status from the first, and an end from every status', () => {
    const reachable = (from: PoaStatus) => {
      const seen = new Set<PoaStatus>([from]);
      for (const status of seen) for (const to of POA_STATE[status].next) seen.add(to);
      return seen;
    };
    expect(reachable('received')).toEqual(new Set(POA_STATUSES));
    for (const status of POA_STATUSES) expect([...reachable(status)].some(isFinal)).toBe(true);
  });

  it('lets no outcome show but by way of reporting it to Customs', () => {
    for (const outcome of REPORTED_OUTCOMES) {
      const before = POA_STATUSES.filter((status) => POA_STATE[status].next.includes(outcome));
      expect(before.sort()).toEqual(['needs_attention', 'reporting']);
    }
  });

  it('begins anew after an amendment wherever one is allowed, and settles wherever one waits', () => {
    for (const status of POA_STATUSES) {
      const { amend, cancel, deadline, next } = POA_STATE[status];
      expect([status, amend && status !== 'received']).toEqual([status, next.includes('received')]);
      if (cancel || deadline) expect(next).toContain('reporting');
    }
  });

  it('lets a status follow itself, so that a step may be told twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...POA_STATUSES), fc.constantFrom(...POA_STATUSES), (from, to) => {
        expect(mayFollow(from, to)).toBe(from === to || POA_STATE[from].next.includes(to));
        if (isFinal(from) && from !== to) expect(mayFollow(from, to)).toBe(false);
      }),
    );
  });

  it('shows operators only statuses that wait for somebody', () => {
    for (const status of OPERATOR_STATUSES) expect(isFinal(status)).toBe(false);
  });
});

describe('outcomes', () => {
  it('are a decision only when a person answered: silence is none', () => {
    expect(DECISIONS).toEqual(['confirmed', 'declined', 'repudiated']);
    for (const outcome of ['expired', 'unregistered', 'cancelled', 'superseded', '', 'CONFIRMED']) {
      expect(isDecision(outcome)).toBe(false);
    }
  });

  it('come from one of the three orders', () => {
    expect(ORDERS).toEqual(['declare-first', 'consent-first', 'customs-started']);
  });
});

describe('when a person is written to again', () => {
  const moment = fc.integer({ min: 1_700_000_000_000, max: 2_000_000_000_000 });
  const span = fc.integer({ min: 1, max: 7 * 24 * 3_600_000 });

  it('is the SMS first, at most a quarter of the time, then the reminder at half of it', () => {
    fc.assert(
      fc.property(moment, span, span, (askedAt, time, smsAfterMs) => {
        const { smsAt, reminderAt } = nudgeMoments(askedAt, askedAt + time, smsAfterMs);
        expect(smsAt).toBe(askedAt + Math.min(smsAfterMs, time / 4));
        expect(reminderAt).toBe(askedAt + time / 2);
        expect(askedAt).toBeLessThan(smsAt);
        expect(smsAt).toBeLessThan(reminderAt);
        expect(reminderAt).toBeLessThan(askedAt + time);
      }),
    );
  });

  it('is at once when no time is left', () => {
    expect(nudgeMoments(1000, 1000, 600_000)).toEqual({ smsAt: 1000, reminderAt: 1000 });
    expect(nudgeMoments(1000, 500, 600_000)).toEqual({ smsAt: 1000, reminderAt: 1000 });
  });

  it('is 10 minutes and 36 hours after the usual question', () => {
    const [minute, hour] = [60_000, 3_600_000];
    expect(nudgeMoments(0, 72 * hour, 10 * minute)).toEqual({ smsAt: 10 * minute, reminderAt: 36 * hour });
    expect(nudgeMoments(0, 20 * minute, 10 * minute)).toEqual({ smsAt: 5 * minute, reminderAt: 10 * minute });
  });

  it('is never, until something is due', () => {
    expect(noNudges()).toEqual({ smsAt: null, reminderAt: null, deliverAt: null });
    expect(noNudges()).not.toBe(noNudges());
  });
});
