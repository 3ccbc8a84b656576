import { describe, expect, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/format/documents/retention.ts';
import {
  DEFAULT_RETENTION,
  UNLIMITED,
  parseSpan,
} from '../../../src/format/documents/retention.ts';
import { groupText } from '../../../src/jobs/forget/policy/groups.ts';
import { policyText } from '../../../src/jobs/forget/policy/policy-text.ts';
import type { Candidate } from '../../../src/jobs/forget/policy/apply-policy.ts';
import { candidate, decide, decisionsOf, rules } from './made-snapshots.ts';

const HOUR = 3_600_000;

/** One snapshot for each time. */
function at(...times: string[]): Candidate[] {
  return times.map((iso, i) => candidate(i, { timeMs: Date.parse(iso), chain: { sequence: i } }));
}

function span(text: string) {
  const parsed = parseSpan(text);
  if (!parsed) throw new Error(`no span: ${text}`);
  return parsed;
}

/** Numbers of those that stay. */
function kept(candidates: readonly Candidate[], policy: Partial<RetentionPolicy>): number[] {
  const decisions = decisionsOf(candidates, rules(policy));
  return decisions
    .filter(({ isKept }) => isKept)
    .map((decision) => candidates.indexOf(decision.candidate));
}

const days = at(
  '2026-11-15T08:00:00Z',
  '2026-11-16T08:00:00Z',
  '2026-11-16T20:00:00Z',
  '2026-11-18T08:00:00Z',
  '2026-11-21T08:00:00Z',
  '2026-11-21T20:00:00Z',
);

describe('a rule', () => {
  test.each<[string, Partial<RetentionPolicy>, number[]]>([
    ['last 2', { counts: { last: 2 } }, [4, 5]],
    ['last 99', { counts: { last: 99 } }, [0, 1, 2, 3, 4, 5]],
    ['last unlimited', { counts: { last: UNLIMITED } }, [0, 1, 2, 3, 4, 5]],
    ['daily 2: days that have any', { counts: { daily: 2 } }, [3, 5]],
    ['daily 4', { counts: { daily: 4 } }, [0, 2, 3, 5]],
    ['weekly 1', { counts: { weekly: 1 } }, [5]],
    ['monthly 3: and the oldest, while there are no others', { counts: { monthly: 3 } }, [0, 5]],
    ['hourly 1', { counts: { hourly: 1 } }, [5]],
    ['within 3d12h', { within: { all: span('3d12h') } }, [4, 5]],
    ['within 3d13h', { within: { all: span('3d13h') } }, [3, 4, 5]],
    ['daily within 4d', { within: { daily: span('4d') } }, [3, 5]],
    ['yearly within 10y', { within: { yearly: span('10y') } }, [0, 5]],
    ['an id', { ids: [days[1]?.id.slice(0, 8) ?? ''] }, [1]],
    ['several', { counts: { last: 1 }, ids: [days[1]?.id ?? ''] }, [1, 5]],
  ])('%s', (_name, policy, expected) => {
    expect(kept(days, policy)).toEqual(expected);
  });

  test('of tags keeps what has all tags of one of its lists', () => {
    const tagged = [['a'], ['a', 'b'], ['b', 'c'], ['c']].map((tags, i) =>
      candidate(i, { timeMs: i, tags }),
    );
    expect(kept(tagged, { tags: [['a', 'b'], ['c']] })).toEqual([1, 2, 3]);
  });

  test('goes by the days of a time zone', () => {
    const evening = at('2026-11-20T23:30:00Z', '2026-11-21T10:00:00Z');
    const policy = rules({ counts: { daily: 1 } });
    const berlin = decisionsOf(evening, policy, { timeZone: 'Europe/Berlin' });
    expect(berlin.map(({ reasons }) => reasons)).toEqual([
      ['a newer one is kept: daily 2026-11-21'],
      ['daily 2026-11-21'],
    ]);
    const utc = decisionsOf(evening, policy, { timeZone: 'UTC' });
    expect(utc[0]?.reasons).toEqual(['no rule keeps it']);
  });
});

describe('a decision', () => {
  test('says why: for what stays each rule, for what goes what stays in its place', () => {
    const policy = rules({ counts: { last: 1, daily: 2 }, within: { all: span('1d') } });
    expect(decisionsOf(days, policy).map(({ reasons }) => reasons)).toEqual([
      ['no rule keeps it'],
      ['no rule keeps it'],
      ['no rule keeps it'],
      ['daily 2026-11-18'],
      ['within 1d'],
      ['last 1 of 1', 'daily 2026-11-21', 'within 1d'],
    ]);
  });

  test('is made for each host and each set of paths by itself', () => {
    const all = [
      candidate(0, { timeMs: 1, host: 'web' }),
      candidate(1, { timeMs: 2, host: 'db' }),
      candidate(2, { timeMs: 3, host: 'web', roots: [Buffer.from('b'), Buffer.from('a')] }),
      candidate(3, { timeMs: 4, host: 'web', roots: [Buffer.from('a'), Buffer.from('b')] }),
    ];
    const groups = decide(all, rules({ counts: { last: 1 } }));
    expect(groups.map(({ key }) => groupText(key))).toEqual([
      'host db, paths /home',
      'host web, paths /a /b',
      'host web, paths /home',
    ]);
    expect(kept(all, { counts: { last: 1 } })).toEqual([1, 3, 0]);
    expect(kept(all, { counts: { last: 1 }, groupBy: [] })).toEqual([3]);
    expect(kept(all, { counts: { last: 1 }, groupBy: ['host'] })).toEqual([1, 3]);
  });

  test('for a named one is that it goes, and it counts for no rule', () => {
    const named = [days[5]?.id ?? ''];
    const decisions = decisionsOf(days, rules({ counts: { last: 1 } }), { named });
    expect(decisions.map(({ isKept }) => isKept)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(decisions[5]?.reasons).toEqual(['named']);
  });
});

describe('a future-dated snapshot', () => {
  const poison = candidate(9, { timeMs: Date.parse('2099-01-01T00:00:00Z') }, 1_900_000_000_000);

  test('is kept, and pushes nothing out', () => {
    for (const policy of [
      { counts: { last: 2 } },
      { counts: { yearly: 1 } },
      { within: { all: span('7d') } },
    ]) {
      const decisions = decisionsOf([...days, poison], rules(policy));
      expect(decisions.at(-1)).toMatchObject({ isKept: true, isFutureDated: true });
      const others = decisions.slice(0, -1).filter(({ isKept }) => isKept);
      expect(others.map(({ candidate: one }) => days.indexOf(one))).toEqual(kept(days, policy));
    }
  });

  test('is told by the time at which the store says that it was written', () => {
    const timeMs = Date.parse('2026-11-21T08:00:00Z');
    const isFuture = (modifiedMs: number | undefined, nowMs?: number) => {
      const one = { ...candidate(0, { timeMs }), modifiedMs };
      const decisions = decisionsOf([one], rules({ counts: { last: 1 } }), nowMs ? { nowMs } : {});
      return decisions[0]?.isFutureDated;
    };
    expect(isFuture(timeMs)).toBe(false);
    expect(isFuture(timeMs - HOUR)).toBe(false);
    expect(isFuture(timeMs - HOUR - 1)).toBe(true);
    // Also when that time has come by now; without the store's time, now is all there is.
    expect(isFuture(undefined)).toBe(false);
    expect(isFuture(undefined, timeMs - 2 * HOUR)).toBe(true);
  });

  test('is no comfort where all good ones of its group go', () => {
    const named = days.map(({ id }) => id);
    expect(decide([...days, poison], undefined, { named })[0]?.isEmptied).toBe(true);
    expect(decide([...days, poison], undefined, { named: [poison.id] })[0]?.isEmptied).toBe(false);
    expect(decide([poison], undefined, { named: [poison.id] })[0]?.isEmptied).toBe(true);
    expect(decide(days, undefined, { named: named.slice(1) })[0]?.isEmptied).toBe(false);
  });
});

test('years of daily backups come down to 7 daily, 4 weekly, 12 monthly and 7 yearly', () => {
  const start = Date.parse('2016-01-01T02:00:00Z');
  const all = Array.from({ length: 3650 }, (_, i) =>
    candidate(i, { timeMs: start + i * 24 * HOUR, chain: { sequence: i } }),
  );
  const decisions = decisionsOf(all, DEFAULT_RETENTION).filter(({ isKept }) => isKept);
  const ofRule = (rule: string) =>
    decisions.filter(({ reasons }) => reasons.some((reason) => reason.startsWith(rule))).length;
  expect(['daily', 'weekly', 'monthly', 'yearly'].map(ofRule)).toEqual([7, 4, 12, 7]);
  expect(decisions.length).toBeLessThan(30);
});

test('a policy as people read it', () => {
  expect(policyText(DEFAULT_RETENTION)).toBe('7 daily, 4 weekly, 12 monthly, 7 yearly');
  const odd = rules({
    counts: { last: UNLIMITED },
    within: { all: span('14d'), daily: span('1y6m') },
    tags: [['a', 'b']],
    ids: ['4f2a'],
  });
  expect(policyText(odd)).toBe('every last, all within 14d, daily within 1y6m, tag a,b, id 4f2a');
});
