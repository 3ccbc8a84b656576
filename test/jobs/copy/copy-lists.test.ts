import { expect, test } from 'vitest';
import { EntryType } from '../../../src/format/entry.ts';
import { emptyEntry } from '../../../src/format/entry-row.ts';
import { NodeWriter } from '../../../src/format/manifest-node.ts';
import { contentOf } from '../../../src/jobs/backup/compute/id-list.ts';
import { createChunkIdentifier } from '../../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../src/crypto/derive.ts';
import { PackSink } from '../../../src/vault/pack/pack-sink.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { newVault } from '../../support/test-vault.ts';
import { findingsOf } from '../snapshot-contents.ts';
import { contentsOfAll, copyAll, otherVault } from './copy-vaults.ts';
import { saveSnapshot } from '../../support/save-snapshot.ts';

/**
 * One file of very many chunks, and one that begins alike and ends otherwise.
 * @param size what the entry of the second says, where it is to be wrong
 */
async function saveLongFile(vault: Vault, size?: number): Promise<void> {
  const sink = new PackSink({ vault });
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  const identify = createChunkIdentifier(keys.chunkId);
  const saved = new Set<string>();
  const save = async (room: 'data' | 'meta', chunk: Uint8Array): Promise<Uint8Array> => {
    const id = identify(chunk);
    const name = Buffer.from(id).toString('hex');
    if (!saved.has(name)) await sink.add(room, id, chunk);
    saved.add(name);
    return id;
  };
  const node = new NodeWriter(0);
  let bytes = 0;
  for (const [name, chunks] of Object.entries({ long: 7000, other: 3000 })) {
    const ids: Uint8Array[] = [];
    const entry = emptyEntry(Buffer.from(name), EntryType.file);
    for (let i = 0; i < chunks; i++) {
      const chunk = Buffer.from(i < 2000 ? `chunk ${i}` : `chunk ${i} of ${name}`);
      ids.push(await save('data', chunk));
      entry.size += chunk.length;
    }
    const lists: Uint8Array[] = [];
    const content = contentOf(Buffer.concat(ids), (list) => {
      lists.push(list);
      return identify(list);
    });
    for (const list of lists) await save('meta', list);
    if (name === 'other' && size !== undefined) entry.size = size;
    node.addEntry({ ...entry, ...content });
    bytes += entry.size;
  }
  const id = await save('meta', node.take());
  await sink.finish();
  await saveSnapshot(vault, {
    timeMs: 1_800_000_000_000,
    host: 'host',
    user: 'user',
    roots: [Buffer.alloc(0)],
    tags: [],
    manifest: { id, level: 0, entries: 2 },
    totals: { files: 2, directories: 0, others: 0, bytes },
    chain: { sequence: 0 },
    program: 'test',
    complete: true,
  });
}

test('files of so many chunks that they have lists are copied, with other lists', async () => {
  const [source, target] = [await newVault(), await otherVault()];
  await saveLongFile(source);
  const { summary } = await copyAll(source, target);
  expect(summary).toMatchObject({ copied: 1, chunksRead: 8000, chunksCopied: 8000 });
  expect(await contentsOfAll(target)).toEqual(await contentsOfAll(source));
  expect(await findingsOf(target)).toEqual([]);
  // What is there by chance, from a backup or another copy, is learnt from lists as well.
  const [copy] = await listSnapshots(target);
  const [original] = await listSnapshots(source);
  if (!copy || !original) throw new Error('it was copied');
  const { copiedFrom: _, ...rest } = original.snapshot;
  await saveSnapshot(source, { ...rest, timeMs: rest.timeMs + 1, chain: { sequence: 1 } });
  const next = await copyAll(source, target);
  expect(next.summary).toMatchObject({ copied: 1, alreadyThere: 1, chunksRead: 0 });
  expect(await contentsOfAll(target)).toEqual(await contentsOfAll(source));
});

test('a file whose chunks are not as long as it should be is not copied', async () => {
  const [source, target] = [await newVault(), await otherVault()];
  await saveLongFile(source, 12);
  const { summary, events } = await copyAll(source, target);
  expect(summary).toMatchObject({ copied: 0, failed: 1 });
  expect(events.find(({ type }) => type === 'problem')).toMatchObject({ reason: 'damaged' });
  expect(await listSnapshots(target)).toEqual([]);
});
