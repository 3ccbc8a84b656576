/**
 * `tiny-vault.json` is a whole vault, frozen: both our reader and the second one must always read it.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { asPublicDocument } from '../../src/base/brand.ts';
import { toHex } from '../../src/base/bytes.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { listSnapshots } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runSecondReader, writeObjects } from './run-second-reader.ts';
import { openSealed } from './second-reader.mjs';

interface TinyVault {
  readonly words: readonly string[];
  readonly epochKeys: readonly string[];
  readonly chunks: Readonly<Record<string, { readonly id: string; readonly stored: string }>>;
  readonly content: Readonly<Record<string, string>>;
  readonly objects: Readonly<Record<string, string>>;
}

const tiny = JSON.parse(
  readFileSync(new URL('./tiny-vault.json', import.meta.url), 'utf8'),
) as TinyVault;
const [words = '', otherWords = ''] = tiny.words;
const { 'hello.txt': helloHash = '', lists: listsHash = '' } = tiny.content;
const NOTHING_HASH = createHash('sha256').digest('hex');
const random = (length: number) => new Uint8Array(length).fill(9);
const keyOf = (text: string) => Buffer.from(text.replaceAll('/', '\0'), 'latin1').toString('hex');

/** What is in the newer snapshot: path, type, size, SHA-256 of the content. */
const EXPECTED = [
  [keyOf('home'), 1, 0, ''],
  [keyOf('home/ann'), 1, 0, ''],
  [keyOf('home/ann/console'), 5, 0, ''],
  [keyOf('home/ann/empty'), 0, 0, NOTHING_HASH],
  [keyOf('home/ann/hello.txt'), 0, 13, helloHash],
  [keyOf('home/ann/link'), 2, 0, ''],
  [keyOf('home/ann/lists'), 0, 10_013, listsHash],
  [keyOf('home/ann/old'), 3, 0, ''],
  [keyOf('home/ann/\xff\xfe'), 0, 13, helloHash],
];

async function openTiny(mnemonic: string): Promise<Vault> {
  const store = new MemoryStore();
  for (const [key, hex] of Object.entries(tiny.objects)) {
    await store.put(key, asPublicDocument(Buffer.from(hex, 'hex')));
  }
  return openVault(store, { mnemonic, random, clock: () => 0 });
}

async function readAll(vault: Vault) {
  const snapshot = (await listSnapshots(vault)).at(-1);
  if (!snapshot) throw new Error('the tiny vault has two snapshots');
  const loader = new ChunkLoader(vault, await loadIndex(vault), { cacheBytes: 1 << 20 });
  const manifest = new ManifestReader(loader, snapshot.snapshot.manifest);
  const rows: unknown[] = [];
  for await (const entry of manifest.entries()) {
    const hash = createHash('sha256');
    for await (const ids of manifest.contentIds(entry)) {
      for (let at = 0; at < ids.length; at += 32) {
        hash.update(await loader.load(ids.subarray(at, at + 32)));
      }
    }
    const content = entry.type === 0 ? hash.digest('hex') : '';
    rows.push([toHex(entry.path), entry.type, entry.size, content]);
  }
  return rows;
}

describe('the frozen tiny vault', () => {
  test.each(tiny.words)('is read by our reader, words %#', async (mnemonic) => {
    await using vault = await openTiny(mnemonic);
    expect(await readAll(vault)).toEqual(EXPECTED);
  });

  const folder = join(temporaryFolder(), 'tiny');
  writeObjects(folder, tiny.objects);

  test('is read by the second reader, with either words', () => {
    for (const mnemonic of [words, otherWords.toUpperCase().replaceAll(' ', '\n')]) {
      const { lines, errors } = runSecondReader(folder, mnemonic, 'describe', 'latest');
      expect(errors).toBe('');
      const rows = lines.map(({ key, type, size, sha256 }) => [key, type, size, sha256 ?? '']);
      expect(rows).toEqual(EXPECTED);
    }
  });

  test('shows the second reader all that an entry holds', () => {
    const { lines } = runSecondReader(folder, words, 'describe', 'latest');
    expect(lines[2]).toMatchObject({ mode: 0o644, rdev: { major: 5, minor: 300 }, links: 1 });
    expect(lines[5]).toMatchObject({ target: Buffer.from('hello.txt').toString('hex') });
    expect(lines[6]).toMatchObject({ isSparse: true, hasLists: true, ids: 1 });
    expect(lines[7]).toMatchObject({ mtime: { seconds: -86_400, nanoseconds: 123_456_789 } });
    const note = [Buffer.from('user.note').toString('hex'), Buffer.from('kept').toString('hex')];
    expect(lines[8]).toMatchObject({
      links: 2,
      inode: String(0x1_0000_0007n),
      device: '2049',
      xattrs: [note],
      uid: 1000,
      gid: 1000,
      user: 'ann',
      group: 'ann',
    });
  });

  test('chains its second snapshot to the first', () => {
    const { lines } = runSecondReader(folder, words, 'list');
    const [first, second] = lines;
    expect(second).toMatchObject({
      chain: { sequence: 1, previous: { id: first?.['name'], sha256: first?.['sha256'] } },
      roots: [{ text: 'home\0ann' }, { hex: 'ff' }],
      tags: ['nightly', 'ünïcode'],
    });
  });

  test('opens to no other words', () => {
    const wrong = `${'zoo '.repeat(11)}wrong`;
    expect(runSecondReader(folder, wrong, 'list').errors).toMatch(/^keys\/wrong/);
  });

  test('does without its index files', () => {
    const bare = join(temporaryFolder(), 'bare');
    writeObjects(bare, tiny.objects);
    rmSync(join(bare, 'index'), { recursive: true });
    const lost = runSecondReader(bare, words, 'describe', 'latest');
    expect(lost.errors).toMatch(/^chunk\/missing/);
    const rebuilt = runSecondReader(bare, words, 'describe', 'latest', '--without-index');
    expect(rebuilt.lines.map(({ key }) => key)).toEqual(EXPECTED.map(([key]) => key));
  });
});

describe('the worked example in docs/format.md', () => {
  const text = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');
  const example = text.slice(text.indexOf('## 17. '), text.indexOf('## 18. '));
  /** Every fenced block that is nothing but hex and what comes after `#`. */
  const shown = [...example.matchAll(/```hex ([\w.]+)\n([^`]*)```/g)].map(([, name, block]) => ({
    name: name ?? '',
    hex: (block ?? '').replaceAll(/#.*$/gm, '').replaceAll(/\s/g, ''),
  }));

  function plaintextOf(name: string): Buffer {
    const [key = '', hex = ''] = Object.entries(tiny.objects).find(([k]) => k.endsWith(name)) ?? [];
    const keyOfEpoch = (epoch: number) => Buffer.from(tiny.epochKeys[epoch - 1] ?? '', 'hex');
    const vaultId = Buffer.from('34ef2478e452150db7fd89b269b58aa7', 'hex');
    const kind = key.startsWith('data/') ? 1 : 3;
    return openSealed(Buffer.from(hex, 'hex'), { kind, name, vaultId, keyOfEpoch }).plain;
  }

  function bytesOf(name: string): string | undefined {
    const [form = '', rest = ''] = name.split('.');
    const stored = (chunk: string) => Buffer.from(tiny.chunks[chunk]?.stored ?? '', 'hex');
    if (form === 'plaintext') return plaintextOf(rest).toString('hex');
    if (form === 'raw') return zstdDecompressSync(stored(rest)).toString('hex');
    // frame (8) and head of the index (12) stand before the body; zstd knows its own end
    if (form === 'body') {
      const frame = plaintextOf(rest);
      const length = Number(frame.readBigUInt64BE(0));
      return zstdDecompressSync(frame.subarray(20, 8 + length)).toString('hex');
    }
    const object = Object.entries(tiny.objects).find(([key]) => key.endsWith(name))?.[1];
    return tiny.chunks[name]?.stored ?? object;
  }

  test('shows the bytes that are in the tiny vault', () => {
    expect(shown.map(({ name }) => name).sort()).toMatchObject({ length: 5 });
    for (const { name, hex } of shown) expect(hex, name).toBe(bytesOf(name));
  });
});
