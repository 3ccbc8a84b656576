import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../src/base/bytes.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/format/snapshot.ts';
import { repairIndex } from '../../../src/jobs/repair/index/repair-index.ts';
import { repairSnapshots } from '../../../src/jobs/repair/snapshots/repair-snapshots.ts';
import { restore } from '../../../src/jobs/restore/restore.ts';
import { DirectoryStore } from '../../../src/store/directory.ts';
import { forgetSnapshots, tombstoneOf } from '../../../src/vault/gc/forget-snapshots.ts';
import { loadIndex } from '../../../src/vault/index/load-index.ts';
import { listSnapshots, loadSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { CountingStore } from '../../store/counting-store.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  backUp,
  collect,
  copyOf,
  flip,
  keysUnder,
  newVault,
  reopen,
} from '../../support/test-vault.ts';
import { hardlink, symlink, tree } from '../../support/tree.ts';
import { findingsOf } from '../snapshot-contents.ts';
import { contentsOfAll, copyAll, otherVault, reopenOther } from './copy-vaults.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
let made: Vault;
let source: Vault;

/** The same each time. */
function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed + 1;
  for (let at = 0; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE((state ^ (state >>> 13)) >>> 0, at);
  }
  return bytes;
}

/** Two snapshots of a folder and one of another host, with all that entries can be. */
beforeAll(async () => {
  tree(files, {
    'large.bin': bytesOf(3_000_000, 1),
    'text.txt': 'a line of text\n'.repeat(50_000),
    empty: '',
    link: symlink('text.txt'),
    twin: hardlink('text.txt'),
    sub: { 'small.txt': 'small', deeper: { 'again.txt': 'small' } },
  });
  for (let d = 0; d < 4; d++) {
    const below = join(files, `d${d}`);
    mkdirSync(below);
    for (let f = 0; f < 250; f++) writeFileSync(join(below, `f${f}`), `${d} ${f % 100}`);
  }
  made = await newVault();
  await backUp(made, [files], { tags: ['one'] });
  writeFileSync(join(files, 'sub', 'new.bin'), bytesOf(700_000, 2));
  rmSync(join(files, 'd3', 'f7'));
  await backUp(made, [files], { tags: ['two'] });
  await backUp(made, [join(files, 'sub')], { host: 'second', user: 'other' });
});

beforeEach(async () => {
  source = await reopen(await copyOf(made.store));
});

const dataKeys = (vault: Vault) => keysUnder(vault.store, 'data/');

describe('copying into another vault', () => {
  test('every snapshot holds there what it holds here, and the vault is sound', async () => {
    const target = await otherVault();
    const { summary } = await copyAll(source, target);
    expect(summary).toMatchObject({ copied: 3, failed: 0, alreadyThere: 0 });
    expect(await contentsOfAll(target)).toEqual(await contentsOfAll(source));
    expect(await findingsOf(target)).toEqual([]);
  });

  test('from a folder to a folder, what is restored from the copy is the original', async () => {
    const target = await otherVault(new DirectoryStore(join(folder, 'there')));
    await copyAll(source, target);
    const latest = (await listSnapshots(target)).find(({ snapshot }) => snapshot.tags[0] === 'two');
    const into = join(folder, 'restored');
    if (!latest) throw new Error('there is a copy');
    await collect(restore(target, { snapshot: latest, target: into, threads: 1 }));
    expect(compareTrees(files, join(into, files))).toEqual([]);
  });

  test('nothing of it has the same name in both vaults', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const ids = async (vault: Vault) => {
      const { chunks } = await loadIndex(vault);
      return Array.from({ length: chunks.count }, (_, row) => toHex(chunks.idOf(row)));
    };
    const there = new Set(await ids(target));
    expect((await ids(source)).filter((id) => there.has(id))).toEqual([]);
  });

  test('chunks stay as they were cut and compressed', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const lengths = async (vault: Vault) => {
      const { chunks, packs } = await loadIndex(vault);
      const rows = Array.from({ length: chunks.count }, (_, row) => row);
      const data = rows.filter((row) => packs.kindOf(chunks.packOf(row)) === 'data');
      const texts = data.map((row) => {
        return [chunks.codecOf(row), chunks.storedBytesOf(row), chunks.rawBytesOf(row)].join(' ');
      });
      return texts.sort();
    };
    expect(await lengths(target)).toEqual(await lengths(source));
  });

  test('the chain of each host begins anew, in order', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const copies = await listSnapshots(target);
    expect(copies.map(({ snapshot }) => [snapshot.host, snapshot.chain.sequence])).toEqual([
      ['testhost', 0],
      ['testhost', 1],
      ['second', 0],
    ]);
    expect(copies[1]?.snapshot.chain.previous?.id).toBe(copies[0]?.id);
    expect(copies[1]?.snapshot.parent).toBe(copies[0]?.id);
  });

  test('a copy says where it comes from, in a form that is read back', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const [original] = await listSnapshots(source);
    const [copy] = await listSnapshots(target);
    const { copiedFrom, manifest } = copy?.snapshot ?? {};
    expect(copiedFrom).toEqual({
      vaultId: source.vaultId,
      id: original?.id,
      manifest: toHex(manifest?.id ?? Buffer.of()),
    });
    if (!copy) throw new Error('there is a copy');
    expect(decodeSnapshot(encodeSnapshot(copy.snapshot), 'it')).toEqual(copy.snapshot);
  });

  test('a later backup of the same files into it reads none of them, stores no node', async () => {
    const target = await otherVault();
    await copyAll(source, target, { filter: { hosts: ['testhost'] } });
    const before = await keysUnder(target.store, '');
    const { summary } = await backUp(target, [files]);
    expect(summary).toMatchObject({ bytesRead: 0, filesUnmodified: summary.filesUnmodified });
    const after = await keysUnder(target.store, '');
    // The snapshot, and nodes of the folders above, whose times may have changed meanwhile.
    const added = after.filter((key) => !before.includes(key) && !key.startsWith('snapshots/'));
    expect(added.length).toBeLessThanOrEqual(2);
    expect(added.filter((key) => key.startsWith('data/'))).toEqual([]);
  });
});

describe('copying again', () => {
  test('moves nothing and makes nothing', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const before = await keysUnder(target.store, '');
    const { summary, events } = await copyAll(source, target);
    expect(summary).toMatchObject({ copied: 0, alreadyThere: 3, bytesRead: 0, bytesStored: 0 });
    expect(events.filter(({ type }) => type === 'skipped')).toHaveLength(3);
    expect(await keysUnder(target.store, '')).toEqual(before);
  });

  test('of a snapshot that came since, only what is new is read', async () => {
    const target = await otherVault();
    const [first] = await listSnapshots(source);
    await copyAll(source, target, { selectors: [first?.id ?? ''] });
    const counting = new CountingStore(source.store);
    const { summary } = await copyAll(await reopen(counting), await reopenOther(target.store));
    expect(summary).toMatchObject({ copied: 2, alreadyThere: 1 });
    // `new.bin` does not compress.
    expect(summary.bytesRead).toBeGreaterThanOrEqual(700_000);
    expect(summary.bytesRead).toBeLessThan(710_000);
    expect(summary.chunksCopied).toBe(summary.chunksRead);
    expect(await contentsOfAll(target)).toEqual(await contentsOfAll(source));
    expect(await findingsOf(target)).toEqual([]);
  });

  test('a copy that was changed there is no evidence of what it holds', async () => {
    const target = await otherVault();
    const [first] = await listSnapshots(source);
    await copyAll(source, target, { selectors: [first?.id ?? ''] });
    const [pack = ''] = await dataKeys(target);
    await target.store.delete(pack);
    await collect(repairSnapshots(target, { zeroFill: true, program: 'test' }));
    await collect(repairIndex(target));
    const { summary } = await copyAll(source, target);
    expect(summary).toMatchObject({ copied: 2, alreadyThere: 1 });
    const whole = await contentsOfAll(source);
    expect((await contentsOfAll(target)).slice(1)).toEqual(whole.slice(1));
    expect((await contentsOfAll(target))[0]).not.toEqual(whole[0]);
    // Named, it is copied once more.
    await copyAll(source, target, { selectors: [first?.id ?? ''] });
    expect(await contentsOfAll(target)).toContainEqual(whole[0]);
  });

  test('back to where it came from, nothing is copied', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const { summary } = await copyAll(target, source);
    expect(summary).toMatchObject({ copied: 0, alreadyThere: 3 });
  });

  test('back to where it was lost, it is whole again', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const empty = await otherVault();
    await copyAll(target, empty);
    expect(await contentsOfAll(empty)).toEqual(await contentsOfAll(source));
  });
});

describe('copying what cannot all be copied', () => {
  test('a dry run says what would be read, and writes nothing', async () => {
    const target = await otherVault();
    const before = await keysUnder(target.store, '');
    const { summary: dry } = await copyAll(source, target, { dryRun: true });
    expect(await keysUnder(target.store, '')).toEqual(before);
    const { summary } = await copyAll(source, target);
    const { copied, chunksRead, bytesRead } = summary;
    expect(dry).toMatchObject({ dryRun: true, copied, chunksRead, bytesRead, bytesStored: 0 });
  });

  test('a snapshot whose data is damaged is refused and named, others are copied', async () => {
    const target = await otherVault();
    const [first, second, third] = await listSnapshots(source);
    // The last data pack that was written holds what only the second and third have.
    const { chunks, packs } = await loadIndex(source);
    const sizes = (await dataKeys(source)).map((key) => {
      const number = packs.numberOf(key.slice(-32)) ?? -1;
      let bytes = 0;
      for (let row = 0; row < chunks.count; row++) {
        if (chunks.packOf(row) === number) bytes += chunks.storedBytesOf(row);
      }
      return { key, bytes };
    });
    const small = sizes.sort((a, b) => a.bytes - b.bytes)[0]?.key ?? '';
    await flip(source.store, small, 5000);
    const { summary, events } = await copyAll(source, target);
    expect(summary).toMatchObject({ copied: 1, failed: 2 });
    const problems = events.filter((event) => event.type === 'problem');
    expect(problems.map(({ path, reason, severity }) => [path, reason, severity])).toEqual([
      [`snapshot ${second?.id}`, 'damaged', 'error'],
      [`snapshot ${third?.id}`, 'damaged', 'error'],
    ]);
    expect(problems[0]?.message).toContain(small);
    const copies = await listSnapshots(target);
    expect(copies.map(({ snapshot }) => snapshot.copiedFrom?.id)).toEqual([first?.id]);
    expect(await findingsOf(target)).toEqual([]);
    const mended = await copyAll(made, await reopenOther(target.store));
    expect(mended.summary).toMatchObject({ copied: 2, alreadyThere: 1, failed: 0 });
    expect(await contentsOfAll(target)).toEqual(await contentsOfAll(made));
  });

  test('a damaged snapshot object is named, and the others are copied', async () => {
    const target = await otherVault();
    const [first] = await listSnapshots(source);
    await flip(source.store, `snapshots/${first?.id}`, -5);
    const { summary, events } = await copyAll(source, target);
    expect(summary).toMatchObject({ copied: 2, failed: 1 });
    const problem = events.find((event) => event.type === 'problem');
    expect(problem).toMatchObject({ path: `snapshot ${first?.id}`, severity: 'error' });
  });

  test('what was forgotten there stays so, unless it is named', async () => {
    const target = await otherVault();
    await copyAll(source, target);
    const [copy] = await listSnapshots(target);
    if (!copy) throw new Error('there is a copy');
    await forgetSnapshots(target, [tombstoneOf(copy)], { graceMs: 1000 });
    const again = await copyAll(source, target);
    expect(again.summary).toMatchObject({ copied: 0, alreadyThere: 2, forgottenThere: 1 });
    const [first] = await listSnapshots(source);
    const named = await copyAll(source, target, { selectors: [first?.id ?? ''] });
    expect(named.summary).toMatchObject({ copied: 1, bytesRead: 0, chunksCopied: 0 });
    expect((await loadSnapshots(target)).snapshots).toHaveLength(3);
  });

  test('into itself is refused', async () => {
    await expect(copyAll(source, await reopen(source.store))).rejects.toMatchObject({
      code: 'usage',
    });
  });

  test('only what fits the filter is copied', async () => {
    const target = await otherVault();
    const { summary } = await copyAll(source, target, { filter: { tags: ['two'] } });
    expect(summary.copied).toBe(1);
    expect((await listSnapshots(target))[0]?.snapshot.tags).toEqual(['two']);
    await expect(copyAll(source, target, { selectors: ['ffff'] })).rejects.toMatchObject({
      code: 'snapshot/not-found',
    });
  });
});
