import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes, toHex } from '../../src/base/bytes.ts';
import { createSelector } from '../../src/files/select/selector.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import type { ManifestRoot, SnapshotTotals } from '../../src/format/snapshot.ts';
import { addToTotals, entriesIn, noTotals, sumTotals } from '../../src/jobs/backup/totals.ts';
import { BatchBuilder } from '../../src/jobs/backup/walk/batch-builder.ts';
import type { FinishedBatch } from '../../src/jobs/backup/walk/batch-builder.ts';
import { filterManifest } from '../../src/jobs/rewrite/filter-manifest.ts';
import { ManifestBuilder } from '../../src/vault/manifest/manifest-builder.ts';
import { NodeRoom, madeFile } from './made-manifests.ts';

const ROOT = Buffer.from('b');

/** Cuts so often that few entries make several levels. */
function startsNode(path: Uint8Array, averageLog2: number): boolean {
  const level = Math.round((averageLog2 - 9) / 7);
  return createHash('sha256').update(path).digest().readUInt32BE(0) % 4 ** (level + 1) === 0;
}

/** As a backup of these entries makes it. */
async function build(room: NodeRoom, entries: readonly Entry[]): Promise<ManifestRoot | undefined> {
  const saveNode = async (node: Uint8Array) => room.save(node);
  const manifest = new ManifestBuilder({ startsNode, saveNode });
  const finished: FinishedBatch[] = [];
  const batches = new BatchBuilder(startsNode, (batch) => finished.push(batch));
  let isRootPassed = false;
  for (const entry of entries) {
    if (!isRootPassed && compareBytes(entry.path, ROOT) >= 0) {
      batches.flush();
      isRootPassed = true;
    }
    batches.add(entry, false);
  }
  batches.flush();
  for (const { node, summary } of finished) {
    const { path, totals } = summary;
    const id = room.save(node);
    await manifest.add({ path, id, entries: entriesIn(totals), bytes: totals.bytes });
  }
  return manifest.finish();
}

/** Folders `a` to `d`, with files in them and folders below. */
const tree: readonly Entry[] = ['a', 'b', 'c', 'd'].flatMap((top) => [
  folder(top),
  ...['a', 'b', 'x'].flatMap((name) => [
    folder(`${top}/${name}`),
    ...[1, 2, 3, 4, 5, 6].map((n) => madeFile(`${top}/${name}/${n}`, n)),
  ]),
]);

function folder(path: string): Entry {
  return emptyEntry(Buffer.from(path.replaceAll('/', '\0')), EntryType.directory);
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'x', '1', '2', '5', '*', '[1-3]', '**');
const pattern = fc
  .tuple(fc.boolean(), fc.boolean(), fc.array(name, { minLength: 1, maxLength: 3 }))
  .map(([isNegated, isAnchored, names]) => {
    return `${isNegated ? '!' : ''}${isAnchored ? '/' : ''}${names.join('/')}`;
  });
const patterns = fc.array(pattern, { minLength: 1, maxLength: 4 });
/** Some of the tree, so that nodes begin elsewhere each time. */
const entries = fc.subarray([...tree], { minLength: 1 }).map((some) => {
  const wanted = new Set(some.flatMap((entry) => withFolders(entry)));
  return tree.filter((entry) => wanted.has(Buffer.from(entry.path).toString()));
});

function withFolders({ path }: Entry): string[] {
  const names = Buffer.from(path).toString().split('\0');
  return names.map((_, i) => names.slice(0, i + 1).join('\0'));
}

/** What stays, by the selector's word alone. */
function filtered(all: readonly Entry[], exclude: readonly string[]): Entry[] {
  const selector = createSelector({ exclude });
  const fates = all.map((entry) => ({
    entry,
    fate: selector.select(entry.path, entry.type === EntryType.directory),
  }));
  const taken = fates.filter(({ fate }) => fate === 'take');
  const ways = new Set(taken.flatMap(({ entry }) => withFolders(entry)));
  return fates
    .filter(({ entry, fate }) => {
      if (fate === 'descend') return ways.has(Buffer.from(entry.path).toString());
      return fate === 'take';
    })
    .map(({ entry }) => entry);
}

function totalsOf(all: readonly Entry[]): SnapshotTotals {
  const totals = noTotals();
  for (const entry of all) addToTotals(totals, entry);
  return totals;
}

async function filter(
  room: NodeRoom,
  root: ManifestRoot,
  exclude: readonly string[],
  untouched = new Map<string, SnapshotTotals>(),
) {
  return filterManifest(root, {
    source: room,
    selector: createSelector({ exclude }),
    startsNode,
    firstRoot: ROOT,
    saveNode: async (node) => room.save(new Uint8Array(node)),
    untouched,
    onDropped: () => undefined,
    onNode: () => undefined,
  });
}

describe('a filtered manifest', () => {
  test('is the one that a backup makes of what is left, to the byte', async () => {
    let dropping = 0;
    await fc.assert(
      fc.asyncProperty(entries, patterns, async (all, exclude) => {
        const room = new NodeRoom();
        const root = await build(room, all);
        if (!root) throw new Error('there are entries');
        const { manifest, totals, dropped } = await filter(room, root, exclude);
        const left = filtered(all, exclude);
        if (left.length < all.length && left.length > 0) dropping++;
        const expected = await build(room, left);
        expect(manifest && toHex(manifest.id)).toBe(expected && toHex(expected.id));
        expect(manifest?.level).toBe(expected?.level);
        expect(manifest?.entries).toBe(expected?.entries);
        expect(totals).toEqual(totalsOf(left));
        expect(sumTotals(totals, dropped)).toEqual(totalsOf(all));
      }),
      { numRuns: 400 },
    );
    expect(dropping).toBeGreaterThan(50);
  });

  test('is the same with what is known from other manifests', async () => {
    await fc.assert(
      fc.asyncProperty(entries, entries, patterns, async (first, second, exclude) => {
        const room = new NodeRoom();
        const untouched = new Map<string, SnapshotTotals>();
        for (const all of [first, second, first]) {
          const root = await build(room, all);
          if (!root) throw new Error('there are entries');
          const known = await filter(room, root, exclude, untouched);
          expect(known).toEqual(await filter(room, root, exclude));
        }
      }),
    );
  });

  test('loads no node of which it is known that it loses nothing', async () => {
    const room = new NodeRoom();
    const root = await build(room, tree);
    if (!root) throw new Error('there are entries');
    const untouched = new Map<string, SnapshotTotals>();
    await filter(room, root, ['/d/x/6'], untouched);
    room.loaded = [];
    await filter(room, root, ['/d/x/6'], untouched);
    expect(untouched.size).toBeGreaterThan(10);
    expect(room.loaded.filter((id) => untouched.has(id)).length).toBeLessThanOrEqual(1);
  });
});
