import fc from 'fast-check';
import { describe, expect, test as plainTest } from 'vitest';
import type { RetentionPolicy, Span } from '../../../src/format/documents/retention.ts';
import { PERIODS } from '../../../src/format/documents/retention.ts';
import type { Candidate } from '../../../src/jobs/forget/policy/apply-policy.ts';
import { test } from '../../base/property.ts';
import { candidate, decisionsOf, rules } from './made-snapshots.ts';

const HOUR = 3_600_000;
const FROM = Date.parse('2025-06-01T00:00:00Z');

const timeMs = fc.oneof(
  fc.integer({ min: FROM, max: FROM + 500 * 24 * HOUR }),
  // Several in one hour, and some at one moment.
  fc.integer({ min: 0, max: 200 }).map((n) => FROM + n * HOUR * 0.5),
);
const tags = fc.subarray(['a', 'b', 'c']);
const good = fc.record({ timeMs, tags, host: fc.constantFrom('web', 'db') });
const goods = fc.array(good, { maxLength: 40 }).map((all) => {
  return all.map((change, i) => candidate(i, change));
});
const poisons = fc.array(good, { minLength: 1, maxLength: 5 }).map((all) =>
  all.map(({ timeMs: time, ...change }, i) => {
    // Written an hour and more before its time.
    return candidate(1000 + i, { ...change, timeMs: time + 50 * HOUR }, time + 48 * HOUR);
  }),
);

const amount = fc.integer({ min: 1, max: 8 });
const span: fc.Arbitrary<Span> = fc
  .record({
    years: fc.integer({ min: 0, max: 1 }),
    months: fc.integer({ min: 0, max: 7 }),
    days: fc.integer({ min: 0, max: 40 }),
    hours: fc.integer({ min: 0, max: 50 }),
  })
  .filter((one) => Object.values(one).some((value) => value > 0));
const optional = { requiredKeys: [] as [] };
const policy: fc.Arbitrary<RetentionPolicy> = fc
  .record({
    counts: fc.record(
      { last: amount, ...Object.fromEntries(PERIODS.map((period) => [period, amount])) },
      optional,
    ),
    within: fc.record(
      { all: span, ...Object.fromEntries(PERIODS.map((period) => [period, span])) },
      optional,
    ),
    tags: fc.array(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { maxLength: 2 }),
    ids: fc.array(fc.constantFrom('00000001', '0000000'), { maxLength: 1 }),
  })
  .map(rules);
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Auckland');

function keptIds(all: readonly Candidate[], asked: RetentionPolicy, timeZone: string): string[] {
  return decisionsOf(all, asked, { timeZone })
    .filter(({ isKept }) => isKept)
    .map((decision) => decision.candidate.id)
    .sort();
}

/** The same and more: each of its rules at least as wide. */
const widening = fc.record({
  counts: fc.record(
    { last: amount, ...Object.fromEntries(PERIODS.map((period) => [period, amount])) },
    optional,
  ),
  unit: fc.constantFrom('years', 'months', 'days', 'hours'),
  by: fc.integer({ min: 0, max: 3 }),
  tag: fc.constantFrom('a', 'b', 'c'),
});
type Widening = typeof widening extends fc.Arbitrary<infer T> ? T : never;

function wider(asked: RetentionPolicy, { counts, unit, by, tag }: Widening): RetentionPolicy {
  const more: Record<string, number> = { ...asked.counts };
  for (const [name, add] of Object.entries(counts)) more[name] = (more[name] ?? 0) + add;
  const longer = Object.entries(asked.within).map(([name, old]) => {
    return [name, { ...old, [unit]: old[unit] + by }] as const;
  });
  return rules({
    ...asked,
    counts: more,
    within: Object.fromEntries(longer),
    tags: [...asked.tags, [tag]],
  });
}

describe('a policy', () => {
  test(
    'that keeps more never lets go what a smaller one keeps',
    [goods, policy, widening, zone],
    (all, asked, more, timeZone) => {
      const before = keptIds(all, asked, timeZone);
      const after = new Set(keptIds(all, wider(asked, more), timeZone));
      expect(before.filter((id) => !after.has(id))).toEqual([]);
    },
  );

  test(
    'decides the same of all others, with future-dated snapshots among them',
    [goods, poisons, policy, zone],
    (all, poisoned, asked, timeZone) => {
      const among = decisionsOf([...all, ...poisoned], asked, { timeZone });
      const others = among.filter(({ isFutureDated }) => !isFutureDated);
      expect(others.length).toBe(all.length);
      expect(others).toEqual(decisionsOf(all, asked, { timeZone }));
      expect(among.filter(({ isFutureDated }) => isFutureDated).every(({ isKept }) => isKept)).toBe(
        true,
      );
    },
  );

  test('lets nothing go of what it kept', [goods, policy, zone], (all, asked, timeZone) => {
    const kept = new Set(keptIds(all, asked, timeZone));
    const left = all.filter(({ id }) => kept.has(id));
    expect(keptIds(left, asked, timeZone)).toEqual([...kept].sort());
  });

  test(
    'does not go by the order in which snapshots come',
    [goods, policy, fc.integer()],
    (all, asked, seed) => {
      const other = all.toSorted((a, b) => hash(a.id, seed) - hash(b.id, seed));
      expect(decisionsOf(other, asked)).toEqual(decisionsOf(all, asked));
    },
  );

  test('gives a reason for each decision', [goods, policy], (all, asked) => {
    for (const { reasons } of decisionsOf(all, asked)) expect(reasons.length).toBeGreaterThan(0);
  });
});

function hash(id: string, seed: number): number {
  return (Number.parseInt(id.slice(0, 8), 16) * 2_654_435_761 + seed) % 97;
}

plainTest('twenty thousand snapshots are decided in a moment', () => {
  const all = Array.from({ length: 20_000 }, (_, i) => {
    return candidate(i, { timeMs: FROM + i * 60_000, chain: { sequence: i } });
  });
  const started = performance.now();
  const asked = rules({
    counts: { last: 5, hourly: 5, daily: 7, weekly: 4, monthly: 12, yearly: 7 },
  });
  expect(keptIds(all, asked, 'Europe/Berlin').length).toBeGreaterThan(10);
  expect(performance.now() - started).toBeLessThan(10_000);
});
