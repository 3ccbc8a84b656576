import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ForgetEvent, ForgetSummary } from '../../../src/jobs/forget/events.ts';
import type { ForgetOptions } from '../../../src/jobs/forget/forget.ts';
import { forget } from '../../../src/jobs/forget/forget.ts';
import { savePolicy } from '../../../src/jobs/forget/saved-policy.ts';
import { listSnapshots } from '../../../src/jobs/snapshots.ts';
import { forgetSnapshots, tombstoneOf } from '../../../src/vault/gc/forget-snapshots.ts';
import { loadGcState } from '../../../src/vault/gc/gc-state.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, collect, flip } from '../../support/test-vault.ts';
import { GRACE_MS, HOUR_MS, TimedVault } from '../prune/prune-vault.ts';
import { madeSnapshot, rules } from './made-snapshots.ts';
import { saveSnapshot } from '../../support/save-snapshot.ts';

const folder = temporaryFolder();
const last = (count: number) => rules({ counts: { last: count } });
let timed: TimedVault;

beforeEach(async () => {
  timed = await TimedVault.create();
});

interface Forgot {
  readonly events: readonly ForgetEvent[];
  readonly summary: ForgetSummary;
}

async function forgetIn(options: Partial<ForgetOptions> = {}): Promise<Forgot> {
  await using vault = await timed.open();
  const events = await collect(forget(vault, { timeZone: 'UTC', ...options }));
  const summary = events.at(-1);
  if (summary?.type !== 'summary') throw new Error('a job ends with a summary');
  return { events, summary };
}

/** A host's snapshots, an hour apart, chained. */
async function make(count: number, change: object = {}): Promise<SavedSnapshot[]> {
  await using vault = await timed.open();
  const made: SavedSnapshot[] = [];
  for (let sequence = 0; sequence < count; sequence++) {
    timed.wait(HOUR_MS);
    const before = made.at(-1);
    const previous = before && { id: before.id, sha256: before.sha256 };
    const chain = { sequence, ...(previous && { previous }) };
    const timeMs = timed.clock();
    made.push(await saveSnapshot(vault, madeSnapshot({ timeMs, chain, ...change })));
  }
  return made;
}

async function liveIds(): Promise<string[]> {
  await using vault = await timed.open();
  return (await listSnapshots(vault)).map(({ id }) => id);
}

const idsOf = (made: readonly SavedSnapshot[]): string[] => made.map(({ id }) => id);

describe('forgetting', () => {
  test('by rules hides what no rule keeps, and deletes nothing', async () => {
    const made = await make(5);
    const { summary, events } = await forgetIn({ rules: last(2) });
    expect(summary).toMatchObject({ forgotten: 3, kept: 2, dryRun: false, graceMs: GRACE_MS });
    expect(events[0]).toMatchObject({ type: 'policy', source: 'given', rules: '2 last' });
    expect(await liveIds()).toEqual(idsOf(made.slice(3)));
    expect(await timed.keys('snapshots/')).toHaveLength(5);
  });

  test('leaves tombstones that tell what was there', async () => {
    const made = await make(3);
    const { summary } = await forgetIn({ rules: last(2), graceMs: 5 * HOUR_MS });
    await using vault = await timed.open();
    const { forgotten, records } = await loadGcState(vault);
    expect(records.map(({ id }) => id)).toEqual(summary.records);
    const [gone] = made;
    if (!gone) throw new Error('there is one');
    const { host, timeMs } = gone.snapshot;
    const { id, sha256 } = gone;
    expect([...forgotten.values()]).toMatchObject([{ id, sha256, host, timeMs, sequence: 0 }]);
    const { forgottenMs = 0, dueMs } = forgotten.get(id) ?? {};
    expect(dueMs).toBe(forgottenMs + 5 * HOUR_MS);
  });

  test('again lets nothing more go', async () => {
    await make(5);
    await forgetIn({ rules: last(2) });
    const { summary } = await forgetIn({ rules: last(2) });
    expect(summary).toMatchObject({ forgotten: 0, kept: 2, records: [] });
  });

  test('dry tells each decision and does nothing', async () => {
    const made = await make(3);
    const { summary, events } = await forgetIn({ rules: last(1), dryRun: true });
    expect(summary).toMatchObject({ forgotten: 2, kept: 1, dryRun: true, records: [] });
    const group = events.find((event) => event.type === 'group');
    expect(group?.group).toEqual({ host: 'web', paths: ['/home'] });
    expect(group?.decisions.map(({ id, action }) => [id, action])).toEqual([
      [made[0]?.id, 'forget'],
      [made[1]?.id, 'forget'],
      [made[2]?.id, 'keep'],
    ]);
    expect(await liveIds()).toHaveLength(3);
    expect(await timed.keys('gc/')).toEqual([]);
  });

  test('by id takes those alone, also by the first digits', async () => {
    const made = await make(4);
    const ids = idsOf(made);
    await forgetIn({ selectors: [ids[1]?.slice(0, 12) ?? '', 'latest'], rules: 'none' });
    expect(await liveIds()).toEqual([ids[0], ids[2]]);
  });

  test('an id that is none, or of one that is forgotten, is refused', async () => {
    const made = await make(3);
    const selectors = [made[0]?.id ?? ''];
    await forgetIn({ selectors, rules: 'none' });
    await expect(forgetIn({ selectors, rules: 'none' })).rejects.toMatchObject({
      code: 'snapshot/not-found',
    });
    await expect(forgetIn({ selectors: ['0123abcd'], rules: 'none' })).rejects.toMatchObject({
      code: 'snapshot/not-found',
    });
    await expect(forgetIn({ selectors: ['nothing'], rules: 'none' })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  test('with a filter leaves all others alone', async () => {
    const tagged = await make(3, { tags: ['daily'] });
    const plain = await make(3);
    await forgetIn({ rules: last(1), filter: { tags: ['daily'] } });
    expect(await liveIds()).toEqual([tagged[2]?.id, ...idsOf(plain)]);
  });

  test('refuses to empty a group, and then forgets nothing at all', async () => {
    const web = await make(2);
    const db = await make(2, { host: 'db' });
    const tags = rules({ tags: [['keep']] });
    await expect(forgetIn({ rules: tags })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('host db, paths /home'),
      hint: expect.stringContaining('--allow-empty'),
    });
    await expect(forgetIn({ selectors: idsOf(db), rules: 'none' })).rejects.toMatchObject({
      code: 'usage',
    });
    expect(await liveIds()).toEqual([...idsOf(web), ...idsOf(db)]);
    await forgetIn({ selectors: idsOf(db), rules: 'none', allowEmpty: true });
    expect(await liveIds()).toEqual(idsOf(web));
  });

  test('does not let a poisoned clock push good snapshots out', async () => {
    const made = await make(3);
    const [poison] = await make(1, { timeMs: Date.parse('2199-01-01T00:00:00Z') });
    const { summary } = await forgetIn({ rules: last(2) });
    expect(summary).toMatchObject({ forgotten: 1, kept: 3, futureDated: 1 });
    expect(await liveIds()).toEqual([...idsOf(made.slice(1)), poison?.id]);
  });

  test('without any rule is refused', async () => {
    await make(2);
    await expect(forgetIn({ rules: rules({}) })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the rules', () => {
  test('are the defaults where nobody said or saved any', async () => {
    await make(2);
    const { events, summary } = await forgetIn();
    expect(events[0]).toMatchObject({
      source: 'default',
      rules: '7 daily, 4 weekly, 12 monthly, 7 yearly',
      groupBy: ['host', 'paths'],
      timeZone: 'UTC',
    });
    expect(summary.kept).toBe(2);
  });

  test('can be saved in the vault, and then hold for everyone who gives none', async () => {
    await make(4);
    const saved = { ...last(3), timeZone: 'Europe/Berlin' };
    await forgetIn({ rules: saved, savePolicy: true });
    const { events, summary } = await forgetIn();
    expect(events[0]).toMatchObject({
      source: 'saved',
      rules: '3 last',
      timeZone: 'Europe/Berlin',
    });
    expect(summary).toMatchObject({ forgotten: 0, kept: 3 });
    expect((await forgetIn({ rules: last(2) })).summary.forgotten).toBe(1);
  });

  test('are not saved by a dry run', async () => {
    await make(2);
    await forgetIn({ rules: last(1), savePolicy: true, dryRun: true });
    expect((await forgetIn({ dryRun: true })).events[0]).toMatchObject({ source: 'default' });
  });

  test('leave all other settings as they are', async () => {
    await using vault = await timed.open();
    await savePolicy(vault, last(1));
    await savePolicy(vault, last(2));
    await using again = await timed.open();
    expect(again.settings).toEqual({ ...vault.settings, retention: last(2) });
  });
});

describe('a damaged snapshot', () => {
  test('is told of, and left alone by rules', async () => {
    const made = await make(3);
    await flip(timed.store, `snapshots/${made[0]?.id}`, 150);
    const { events, summary } = await forgetIn({ rules: last(1) });
    expect(summary).toMatchObject({ forgotten: 1, damaged: 1 });
    expect(events[0]).toMatchObject({ type: 'notice' });
  });

  test('goes when it is named', async () => {
    const made = await make(2);
    await flip(timed.store, `snapshots/${made[0]?.id}`, 150);
    const selectors = [made[0]?.id ?? ''];
    expect((await forgetIn({ selectors, rules: 'none' })).summary.forgotten).toBe(1);
    expect((await forgetIn({ rules: last(9) })).summary.damaged).toBe(0);
  });
});

describe('a snapshot that vanished', () => {
  test('is accepted as lost when that is asked for', async () => {
    const made = await make(4);
    await timed.store.delete(`snapshots/${made[1]?.id}`);
    const plain = await forgetIn({ rules: last(9) });
    expect(plain.summary.missing).toBe(0);
    const accepted = await forgetIn({ rules: 'none', missing: true });
    expect(accepted.summary).toMatchObject({ missing: 1, forgotten: 0 });
    const { id, sha256 } = made[1] ?? {};
    expect(accepted.events).toContainEqual({ type: 'missing', id, host: 'web', sequence: 1 });
    await using vault = await timed.open();
    const { forgotten } = await loadGcState(vault);
    expect(forgotten.get(id ?? '')).toMatchObject({ sha256, host: 'web', sequence: 1 });
    expect((await forgetIn({ rules: 'none', missing: true })).summary.missing).toBe(0);
  });

  test('may be known only to a host that remembers it', async () => {
    const [, end] = await make(2);
    if (!end) throw new Error('there are two');
    await timed.store.delete(`snapshots/${end.id}`);
    const remembered = [tombstoneOf(end)];
    const { summary } = await forgetIn({ rules: 'none', missing: true, remembered });
    expect(summary.missing).toBe(1);
  });

  test('is not one that was forgotten on purpose', async () => {
    const made = await make(3);
    await forgetIn({ selectors: [made[0]?.id ?? ''], rules: 'none' });
    await timed.store.delete(`snapshots/${made[0]?.id}`);
    expect((await forgetIn({ rules: 'none', missing: true })).summary.missing).toBe(0);
  });
});

test('a hundred thousand tombstones and more take as many records as they need', async () => {
  const [one] = await make(1);
  if (!one) throw new Error('there is one');
  await using vault = await timed.open();
  const many = Array.from({ length: 100_001 }, (_, i) => {
    return { ...tombstoneOf(one), id: i.toString(16).padStart(32, '0') };
  });
  expect(await forgetSnapshots(vault, many, { graceMs: GRACE_MS })).toHaveLength(2);
  expect(await timed.keys('gc/')).toHaveLength(2);
});

test('what is forgotten and due goes with a prune, and the rest restores', async () => {
  const file = join(folder, 'file');
  await using vault = await timed.open();
  writeFileSync(file, Buffer.alloc(100_000, 'one'));
  await backUp(vault, [file], { timeMs: timed.clock() });
  writeFileSync(file, Buffer.alloc(100_000, 'other'));
  await backUp(vault, [file], { timeMs: timed.clock() });
  await forgetIn({ rules: last(1) });
  timed.wait(GRACE_MS + HOUR_MS);
  await timed.prune();
  expect(await timed.keys('snapshots/')).toHaveLength(1);
  expect(await liveIds()).toHaveLength(1);
});
