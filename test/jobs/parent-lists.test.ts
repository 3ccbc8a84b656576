import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { ParentFeed } from '../../src/jobs/backup/walk/parent-feed.ts';
import { WalkControl } from '../../src/jobs/backup/walk/walk-control.ts';
import { ChunkTable } from '../../src/vault/index/chunk-table.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
const ids = ['a', 'b', 'c', 'd'].map((name) => sha256(name));
const lists = [Buffer.concat(ids.slice(0, 3)), Buffer.concat(ids.slice(3))];
const content = Buffer.concat(lists.map((list) => sha256(list)));

/** What the walk is told of a file with those lists, where only these chunks and lists are stored. */
async function answer(storedIds: readonly Uint8Array[], storedLists: readonly Uint8Array[]) {
  const chunks = ChunkTable.create(16);
  for (const id of storedIds) chunks.claim(id);
  const nodes = new Map(storedLists.map((list) => [toHex(sha256(list)), list]));
  const load = async (id: Uint8Array) => {
    const node = nodes.get(toHex(id));
    if (!node) throw new Error('it is not there');
    return node;
  };
  const reader = new ManifestReader({ load }, { id: sha256(''), level: 0, entries: 1 });
  const control = new WalkControl();
  const feed = new ParentFeed(reader, chunks, control, () => undefined);
  const file = new URL('./ask-thread.ts', import.meta.url);
  const asker = new Worker(file, { workerData: control.shared });
  await once(asker, 'message');
  const told = once(asker, 'message') as Promise<[boolean]>;
  await feed.answerLists(content);
  return (await told)[0];
}

describe('a file with so many chunks that lists name them counts as stored', () => {
  test('when all that the lists name is', async () => {
    expect(await answer(ids, lists)).toBe(true);
  });

  test('but not when one chunk that a list names was lost', async () => {
    for (const lost of ids) {
      const stored = ids.filter((id) => id !== lost);
      expect(await answer(stored, lists)).toBe(false);
    }
  });

  test('nor when a list cannot be read', async () => {
    expect(await answer(ids, lists.slice(1))).toBe(false);
  });
});
