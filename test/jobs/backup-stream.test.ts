import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import type { StreamSource } from '../../src/jobs/backup/options.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { backUp, keysUnder, newVault } from '../support/test-vault.ts';
import { random } from '../support/tree.ts';
import { entriesBelow, savedContent } from './snapshot-contents.ts';

const dump = random(9_000_000, 1);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const backUpStream = (vault: Vault, stdin: StreamSource, more: object = {}) =>
  backUp(vault, [], { stdin, ...more });

describe('a stream', () => {
  test.each([1000, 65_536, 9_000_000])('becomes a file, in pieces of %i', async (size) => {
    const vault = await newVault();
    const { summary } = await backUpStream(vault, { name: 'dump.sql', stream: pieces(dump, size) });
    expect(summary).toMatchObject({ bytesProcessed: dump.length, bytesRead: dump.length });
    expect((await savedContent(vault, '/dump.sql')).equals(dump)).toBe(true);
  });

  test('is read from a real one', async () => {
    const vault = await newVault();
    const stream = Readable.from(pieces(dump, 300_000), { objectMode: false });
    await backUpStream(vault, { name: 'x', stream });
    expect((await savedContent(vault, '/x')).equals(dump)).toBe(true);
  });

  test('may have a name with folders, and be empty', async () => {
    const vault = await newVault();
    await backUpStream(vault, { name: 'dumps/db/now', stream: pieces(new Uint8Array(0), 1) });
    expect([...(await entriesBelow(vault, '/dumps')).keys()]).toEqual(['db', 'db/now']);
    expect(await savedContent(vault, '/dumps/db/now')).toHaveLength(0);
  });

  test('that comes again is stored once', async () => {
    const vault = await newVault();
    await backUpStream(vault, { name: 'a', stream: pieces(dump, 100_000) });
    const again = await backUpStream(vault, { name: 'b', stream: pieces(dump, 70_000) });
    expect(again.summary.chunksAdded).toBe(0);
  });

  test.each(['', '/', '..', 'a/../b', 'a\0b'])('has no name such as %j', async (name) => {
    const failing = backUpStream(await newVault(), { name, stream: pieces(dump, 1_000_000) });
    await expect(failing).rejects.toMatchObject({ code: 'usage' });
  });

  test('whose command fails is no snapshot', async () => {
    const vault = await newVault();
    const failure = new AppError('files/command', 'the command ended with 1');
    const finished = Promise.reject(failure);
    finished.catch(() => undefined);
    const stream = pieces(dump, 100_000);
    const failing = backUpStream(vault, { name: 'a', stream, finished });
    await expect(failing).rejects.toMatchObject({ code: 'files/command' });
    expect(await listSnapshots(vault)).toEqual([]);
  });

  test('that breaks off is no snapshot', async () => {
    const vault = await newVault();
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield dump.subarray(0, 2_000_000);
      throw new AppError('files/read', 'broken pipe');
    }
    const failing = backUpStream(vault, { name: 'a', stream: breaking() });
    await expect(failing).rejects.toMatchObject({ code: 'files/read' });
    expect(await keysUnder(vault.store, 'snapshots/')).toEqual([]);
  });

  test('that never ends is interrupted', async () => {
    const vault = await newVault();
    const stop = new AbortController();
    let count = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        if (++count === 50) stop.abort();
        yield dump.subarray(0, 100_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const options = { signal: stop.signal };
    const failing = backUpStream(vault, { name: 'a', stream: endless() }, options);
    await expect(failing).rejects.toMatchObject({ code: 'interrupted' });
    expect(await listSnapshots(vault)).toEqual([]);
  });
});
