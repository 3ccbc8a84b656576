import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UndeleteEvent } from '../../../src/jobs/forget/events.ts';
import { forget } from '../../../src/jobs/forget/forget.ts';
import { loadForgotten } from '../../../src/jobs/forget/forgotten.ts';
import type { UndeleteOptions } from '../../../src/jobs/forget/undelete.ts';
import { undelete } from '../../../src/jobs/forget/undelete.ts';
import { listSnapshots } from '../../../src/jobs/snapshots.ts';
import { tag } from '../../../src/jobs/tag/tag.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, collect, overwrite } from '../../support/test-vault.ts';
import { findingsOf, savedContent } from '../snapshot-contents.ts';
import { GRACE_MS, HOUR_MS, TimedVault } from '../prune/prune-vault.ts';

const folder = temporaryFolder();
const content = (number: number) => Buffer.alloc(300_000, `content ${number} `);
let made: TimedVault;
let timed: TimedVault;
/** Three snapshots of one file, each with content of its own. */
const ids: string[] = [];

beforeAll(async () => {
  made = await TimedVault.create();
  await using vault = await made.open();
  for (let i = 0; i < 3; i++) {
    writeFileSync(join(folder, 'file'), content(i));
    const { summary } = await backUp(vault, [join(folder, 'file')], { timeMs: made.clock() });
    ids.push(summary.snapshotId ?? '');
  }
});

beforeEach(async () => {
  timed = new TimedVault();
  for (const key of await made.keys('')) {
    await overwrite(timed.store, key, await made.store.get(key));
  }
});

async function forgetIds(selectors: string[], graceMs?: number, allowEmpty = false): Promise<void> {
  await using vault = await timed.open();
  const options = { selectors, rules: 'none', timeZone: 'UTC', graceMs, allowEmpty } as const;
  await collect(forget(vault, options));
}

async function undeleteIn(which: UndeleteOptions['ids']): Promise<UndeleteEvent[]> {
  await using vault = await timed.open();
  return await collect(undelete(vault, { ids: which }));
}

async function liveIds(): Promise<string[]> {
  await using vault = await timed.open();
  return (await listSnapshots(vault)).map(({ id }) => id);
}

async function contentOf(number: number): Promise<Buffer> {
  await using vault = await timed.open();
  return await savedContent(vault, folder, 'file', ids[number]);
}

describe('a forgotten snapshot', () => {
  test('can be had back, and is as it was', async () => {
    await forgetIds([ids[0] ?? '', ids[1] ?? '']);
    const events = await undeleteIn([ids[1]?.slice(0, 10) ?? '']);
    expect(events).toMatchObject([
      { type: 'undeleted', id: ids[1] },
      { type: 'summary', undeleted: 1 },
    ]);
    expect(await liveIds()).toEqual([ids[1], ids[2]]);
    expect(await contentOf(1)).toEqual(content(1));
    expect((await timed.keys('gc/')).length).toBe(2);
  });

  test('can be had back although a prune condemned what only it needed', async () => {
    await forgetIds([ids[0] ?? '']);
    timed.wait(HOUR_MS);
    await timed.prune();
    timed.wait(20 * HOUR_MS);
    await undeleteIn('all');
    timed.wait(2 * GRACE_MS);
    await timed.prune();
    timed.wait(2 * GRACE_MS);
    await timed.prune();
    expect(await contentOf(0)).toEqual(content(0));
    await using vault = await timed.open();
    expect(await findingsOf(vault)).toEqual([]);
  });

  test('cannot be had back once its grace is over', async () => {
    await forgetIds([ids[0] ?? '']);
    timed.wait(GRACE_MS);
    await expect(undeleteIn([ids[0] ?? ''])).rejects.toMatchObject({
      code: 'vault/changed',
      message: expect.stringContaining('grace is over'),
    });
    expect(await liveIds()).toEqual([ids[1], ids[2]]);
    // Nothing is left that would keep a prune from its work.
    expect((await timed.keys('gc/')).length).toBe(1);
  });

  test('is gone once a prune deleted it, and that is said', async () => {
    await forgetIds([ids[0] ?? '']);
    timed.wait(GRACE_MS + HOUR_MS);
    await timed.prune();
    await expect(undeleteIn([ids[0] ?? ''])).rejects.toMatchObject({
      code: 'snapshot/not-found',
      message: expect.stringContaining('a prune deleted it'),
    });
    expect(await undeleteIn('all')).toMatchObject([{ type: 'summary', undeleted: 0 }]);
  });

  test('cannot be had back where a prune without grace took its contents', async () => {
    await forgetIds([ids[0] ?? '']);
    await timed.prune({ graceMs: 0 });
    timed.wait(1000);
    await timed.prune({ graceMs: 0 });
    await expect(undeleteIn([ids[0] ?? ''])).rejects.toMatchObject({ code: 'vault/changed' });
    expect(await liveIds()).toEqual([ids[1], ids[2]]);
  });

  test('cannot be had back where its contents are gone for whatever reason', async () => {
    await forgetIds([ids[0] ?? '', ids[1] ?? '', ids[2] ?? ''], undefined, true);
    for (const key of await timed.keys('data/')) await timed.store.delete(key);
    await expect(undeleteIn('all')).rejects.toMatchObject({ code: 'vault/changed' });
    expect(await liveIds()).toEqual([]);
  });

  test('may have been forgotten twice', async () => {
    await forgetIds([ids[0] ?? '']);
    await timed.forget(ids[0]);
    await undeleteIn([ids[0] ?? '']);
    expect(await liveIds()).toEqual(ids);
  });

  test('can be forgotten again', async () => {
    for (let i = 0; i < 2; i++) {
      await forgetIds([ids[0] ?? '']);
      expect(await liveIds()).toEqual([ids[1], ids[2]]);
      await undeleteIn([ids[0] ?? '']);
      expect(await liveIds()).toEqual(ids);
    }
  });
});

test('one that was never forgotten is none', async () => {
  await expect(undeleteIn([ids[0] ?? ''])).rejects.toMatchObject({ code: 'snapshot/not-found' });
  await expect(undeleteIn(['latest'])).rejects.toMatchObject({ code: 'usage' });
  await expect(undeleteIn([])).rejects.toMatchObject({ code: 'usage' });
});

test('all does not bring back what another took the place of', async () => {
  await forgetIds([ids[0] ?? '']);
  await using vault = await timed.open();
  await collect(tag(vault, { selectors: [ids[1] ?? ''], add: ['x'] }));
  const events = await undeleteIn('all');
  expect(events).toMatchObject([
    { type: 'notice', message: expect.stringContaining('took its place') },
    { type: 'undeleted', id: ids[0] },
    { type: 'summary', undeleted: 1 },
  ]);
  expect(await liveIds()).toHaveLength(3);
  await undeleteIn([ids[1] ?? '']);
  expect(await liveIds()).toHaveLength(4);
});

test('what can be had back is listed with how long', async () => {
  await forgetIds([ids[0] ?? ''], 8 * HOUR_MS);
  await using vault = await timed.open();
  const { snapshots } = await loadForgotten(vault);
  expect(snapshots.map(({ id }) => id)).toEqual([ids[0]]);
  const { forgottenMs = 0, undeletableUntilMs } = snapshots[0]?.tombstone ?? {};
  expect(undeletableUntilMs).toBe(forgottenMs + 7 * HOUR_MS);
});
