import { beforeEach, describe, expect, test } from 'vitest';
import { encodeSnapshot } from '../../src/format/snapshot.ts';
import { undelete } from '../../src/jobs/forget/undelete.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import type { TagEvent } from '../../src/jobs/tag/events.ts';
import type { TagOptions } from '../../src/jobs/tag/tag.ts';
import { changedTags, tag } from '../../src/jobs/tag/tag.ts';
import { commitSnapshot } from '../../src/vault/commit/commit-snapshot.ts';
import { loadGcForWriting, openForWriting } from '../../src/vault/commit/writing-view.ts';
import { loadGcState } from '../../src/vault/gc/gc-state.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import { collect } from '../support/test-vault.ts';
import { madeSnapshot } from './forget/made-snapshots.ts';
import { TimedVault } from './prune/prune-vault.ts';
import { saveSnapshot } from '../support/save-snapshot.ts';

let timed: TimedVault;
let made: SavedSnapshot[];

beforeEach(async () => {
  timed = await TimedVault.create();
  await using vault = await timed.open();
  made = [];
  for (const [sequence, tags] of [['daily'], ['daily', 'web'], []].entries()) {
    const previous = made.at(-1);
    const chain = {
      sequence,
      ...(previous && { previous: { id: previous.id, sha256: previous.sha256 } }),
    };
    made.push(await saveSnapshot(vault, madeSnapshot({ timeMs: timed.clock(), tags, chain })));
  }
});

async function tagIn(options: Partial<TagOptions>): Promise<TagEvent[]> {
  await using vault = await timed.open();
  return await collect(tag(vault, { selectors: [], ...options }));
}

async function live(): Promise<SavedSnapshot[]> {
  await using vault = await timed.open();
  return await listSnapshots(vault);
}

const tagsOf = (snapshots: readonly SavedSnapshot[]) =>
  snapshots.map(({ snapshot }) => snapshot.tags);

/** What it says, as it is stored. */
function fieldsOf(saved: SavedSnapshot | undefined): object {
  if (!saved) throw new Error('there is one');
  return JSON.parse(Buffer.from(encodeSnapshot(saved.snapshot)).toString()) as object;
}

describe('tags', () => {
  test('are added, removed and set', () => {
    expect(changedTags(['a', 'b'], { add: ['c', 'a'] })).toEqual(['a', 'b', 'c']);
    expect(changedTags(['a', 'b'], { remove: ['b', 'x'] })).toEqual(['a']);
    expect(changedTags(['a', 'b'], { set: ['z'] })).toEqual(['z']);
    expect(changedTags(['a', 'b'], { add: ['c'], remove: ['a'] })).toEqual(['b', 'c']);
  });

  test('of a snapshot that is named change, and nothing else of it', async () => {
    const events = await tagIn({ selectors: [made[0]?.id.slice(0, 8) ?? ''], add: ['keep'] });
    expect(events).toMatchObject([
      { type: 'tagged', id: made[0]?.id, before: ['daily'], tags: ['daily', 'keep'] },
      { type: 'summary', changed: 1, unchanged: 0 },
    ]);
    const now = await live();
    expect(fieldsOf(now[0])).toEqual({ ...fieldsOf(made[0]), tags: ['daily', 'keep'] });
    expect(now.slice(1).map(({ id }) => id)).toEqual(made.slice(1).map(({ id }) => id));
  });

  test('of all that fit a filter change; what has them already is left alone', async () => {
    const events = await tagIn({ filter: { tags: ['daily'] }, add: ['web'] });
    expect(events.at(-1)).toMatchObject({ changed: 1, unchanged: 1 });
    expect(tagsOf(await live())).toEqual([['daily', 'web'], ['daily', 'web'], []]);
    expect((await tagIn({ filter: {}, set: ['x'] })).at(-1)).toMatchObject({ changed: 3 });
    expect(tagsOf(await live())).toEqual([['x'], ['x'], ['x']]);
  });

  test('that are the same in another order are no change', async () => {
    const events = await tagIn({ selectors: [made[1]?.id ?? ''], set: ['web', 'daily'] });
    expect(events).toMatchObject([{ type: 'summary', changed: 0, unchanged: 1 }]);
  });

  test('are not changed by a dry run', async () => {
    const events = await tagIn({ filter: {}, set: ['x'], dryRun: true });
    expect(events.at(-1)).toMatchObject({ changed: 3, dryRun: true });
    expect((await live()).map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  });

  test('that are not given, or of no snapshot, are a mistake', async () => {
    await expect(tagIn({ filter: {} })).rejects.toMatchObject({ code: 'usage' });
    await expect(tagIn({ add: ['x'] })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the snapshot with the old tags', () => {
  test('is forgotten, in favour of the new one, and can be had back', async () => {
    const [tagged] = await tagIn({ selectors: [made[0]?.id ?? ''], add: ['keep'] });
    if (tagged?.type !== 'tagged') throw new Error('one is tagged');
    await using vault = await timed.open();
    const { forgotten, pending } = await loadGcState(vault);
    expect([...forgotten.values()]).toMatchObject([{ id: made[0]?.id, replacedBy: tagged.newId }]);
    expect(pending).toEqual([]);
  });

  test('stays beside the new one after a crash, and goes when tagging is tried again', async () => {
    const [old] = made;
    if (!old) throw new Error('there is one');
    {
      await using vault = await timed.open();
      const view = await openForWriting(vault, await loadGcForWriting(vault));
      await commitSnapshot(vault, view, { ...old.snapshot, tags: ['daily', 'keep'] });
    }
    expect(await live()).toHaveLength(4);
    for (const options of [{ selectors: [old.id] }, { filter: {} }]) {
      const events = await tagIn({ ...options, add: ['keep'] });
      expect(events.at(-1)).toMatchObject({ type: 'summary' });
      const now = await live();
      expect(now).toHaveLength(3);
      expect(fieldsOf(now[0])).toEqual({ ...fieldsOf(old), tags: ['daily', 'keep'] });
    }
  });

  test('and the new one become one also where both are given other tags', async () => {
    const [old] = made;
    if (!old) throw new Error('there is one');
    {
      await using vault = await timed.open();
      const view = await openForWriting(vault, await loadGcForWriting(vault));
      await commitSnapshot(vault, view, { ...old.snapshot, tags: ['half'] });
    }
    await tagIn({ filter: {}, set: ['x'] });
    expect(tagsOf(await live())).toEqual([['x'], ['x'], ['x']]);
  });
});

test('a crash at any request leaves nothing that tagging again does not put right', async () => {
  const keys = await timed.keys('');
  const objects = await Promise.all(
    keys.map(async (key) => [key, await timed.store.get(key)] as const),
  );
  const wanted = [['daily', 'keep'], ['daily', 'web', 'keep'], ['keep']];
  let isOver = false;
  for (let allowed = 0; !isOver; allowed++) {
    timed = new TimedVault();
    for (const [key, bytes] of objects) await timed.store.put(key, bytes as never);
    let left = allowed;
    const crashing = new Proxy(timed.store, {
      get(store, name) {
        const value: unknown = Reflect.get(store, name, store);
        if (name !== 'put' && name !== 'delete') {
          return typeof value === 'function' ? value.bind(store) : value;
        }
        return async (...args: unknown[]) => {
          if (left-- <= 0) throw new Error('crash');
          await (value as (...all: unknown[]) => Promise<void>).apply(store, args);
        };
      },
    });
    {
      await using vault = await timed.open(crashing);
      isOver = await collect(tag(vault, { selectors: [], filter: {}, add: ['keep'] })).then(
        () => true,
        () => false,
      );
    }
    await tagIn({ filter: {}, add: ['keep'] });
    expect(tagsOf(await live())).toEqual(wanted);
  }
});

test('a tagged snapshot and what it took the place of can both be had', async () => {
  await tagIn({ selectors: [made[2]?.id ?? ''], add: ['x'] });
  await tagIn({ selectors: ['latest'], add: ['y'] });
  expect(tagsOf(await live()).at(-1)).toEqual(['x', 'y']);
  await using vault = await timed.open();
  // Its manifest was never stored: these snapshots are made of nothing.
  const back = collect(undelete(vault, { ids: [made[2]?.id ?? ''] }));
  await expect(back).rejects.toMatchObject({ code: 'vault/changed' });
});
