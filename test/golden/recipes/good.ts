/**
 * How the good golden vaults were made.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asPublicDocument } from '../../../src/base/brand.ts';
import { deriveRoot } from '../../../src/crypto/derive.ts';
import { mnemonicToSeed } from '../../../src/crypto/mnemonic.ts';
import { Suite } from '../../../src/crypto/sealed/header.ts';
import { encodeKeySlot, keySlotKey } from '../../../src/format/documents/key-slot.ts';
import { DEFAULT_SETTINGS } from '../../../src/format/documents/settings.ts';
import { EntryType } from '../../../src/format/entry.ts';
import type { Fence } from '../../../src/format/manifest-node.ts';
import type { MemoryStore } from '../../../src/store/memory.ts';
import { initVault } from '../../../src/vault/init-vault.ts';
import { makeMnemonicSlot } from '../../../src/vault/mnemonic-slot.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { HostileWriter, hostileEntry } from '../../fuzz/hostile-writer.ts';
import { WORDS, backUp, keysUnder, random, tickingClock } from '../../support/test-vault.ts';
import {
  hardlink,
  random as noise,
  rawName,
  sparse,
  symlink,
  tree,
  withMode,
} from '../../support/tree.ts';

export interface GoodRecipe {
  readonly comment: string;
  readonly passphrase?: string;
  readonly write: (store: MemoryStore, folder: string) => Promise<void>;
}

interface Keys {
  readonly passphrase?: string;
  readonly suite?: Suite;
}

async function init(store: MemoryStore, keys: Keys = {}): Promise<Vault> {
  const how = { mnemonic: WORDS, random, clock: tickingClock(), ...keys };
  await initVault(store, { ...how, settings: DEFAULT_SETTINGS });
  return openVault(store, how);
}

async function writeFiles(store: MemoryStore, folder: string): Promise<void> {
  const vault = await init(store);
  const [ann, bob] = [join(folder, 'ann'), join(folder, 'bob')];
  tree(ann, {
    'empty.txt': '',
    'hello.txt': 'hello\n',
    'noise.bin': noise(40_000, 1),
    'text.log': 'the same line again and again\n'.repeat(900),
    [rawName('not \xff utf-8')]: 'bytes',
    'line\nbreak': 'odd',
    link: symlink('hello.txt'),
    hole: sparse(300_000, { 1000: 'data' }),
    private: withMode(0o600, 'mine'),
    sub: { 'twin.txt': hardlink('hello.txt'), deep: { 'a.txt': 'a' } },
  });
  tree(bob, { 'noise.bin': noise(40_000, 1), 'own.txt': 'of bob' });
  await backUp(vault, [ann], { host: 'ann', tags: ['first'] });
  await backUp(vault, [bob], { host: 'bob' });
  writeFileSync(join(ann, 'hello.txt'), 'hello again\n');
  writeFileSync(join(ann, 'new.bin'), noise(20_000, 2));
  await backUp(vault, [ann], { host: 'ann' });
}

/** What takes gigabytes to come about by itself: lists of chunks, and a manifest of three levels. */
async function writeLists(store: MemoryStore): Promise<void> {
  const vault = await init(store);
  const writer = new HostileWriter(vault);
  const pieces = Array.from({ length: 12 }, (_, n) => noise(500 + n, n));
  const ids = await writer.chunks('data', ...pieces);
  const lists = [ids.subarray(0, 160), ids.subarray(160, 352), ids.subarray(64, 384)];
  const content = await writer.chunks('meta', ...lists);
  const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  const size = lengths.reduce((sum, n) => sum + 500 + n, 0);
  const long = hostileEntry('home/long', EntryType.file, { size, contentDepth: 1, content });
  const names = Array.from({ length: 40 }, (_, n) => `home/n${String(n).padStart(2, '0')}`);
  const entries = [
    hostileEntry('home', EntryType.directory),
    long,
    ...names.map((name) => hostileEntry(name, EntryType.file)),
  ];
  const totals = { files: 41, directories: 1, others: 0, bytes: size };
  let fences: Fence[] = [];
  for (let from = 0; from < entries.length; from += 7) {
    const some = entries.slice(from, from + 7);
    const id = await writer.leaf(some);
    const bytes = some.reduce((sum, one) => sum + one.size, 0);
    fences.push({ path: some[0]?.path ?? Buffer.of(), id, entries: some.length, bytes });
  }
  let level = 1;
  for (; fences.length > 1; level++) {
    const above: Fence[] = [];
    for (let from = 0; from < fences.length; from += 3) {
      const some = fences.slice(from, from + 3);
      const id = await writer.inner(level, some);
      const sum = (of: 'entries' | 'bytes') => some.reduce((total, fence) => total + fence[of], 0);
      const path = some[0]?.path ?? Buffer.of();
      above.push({ path, id, entries: sum('entries'), bytes: sum('bytes') });
    }
    fences = above;
  }
  const id = fences[0]?.id ?? Buffer.of();
  await writer.snapshot({ id, level: level - 1, entries: entries.length }, totals);
}

/** Some objects under the first epoch and some under the second, all in the other suite. */
async function writeEpochs(store: MemoryStore, folder: string): Promise<void> {
  const vault = await init(store, { suite: Suite.chacha20poly1305 });
  tree(folder, { 'old.bin': noise(5000, 3), 'both.txt': 'in both' });
  await backUp(vault, [folder], { host: 'laptop' });
  const { keys } = vault;
  const first = keys.epochs.get(1)?.use((bytes) => Uint8Array.from(bytes)) ?? random(32);
  const payload = {
    vaultId: keys.vaultId,
    version: 1,
    suite: keys.suite,
    epochs: [
      { epoch: 1, key: first },
      { epoch: 2, key: random(32) },
    ],
    dedupKey: keys.dedupKey.use((bytes) => Uint8Array.from(bytes)),
    createdMs: 0,
  };
  using seed = mnemonicToSeed(WORDS);
  using root = deriveRoot(seed);
  const slot = makeMnemonicSlot(root, payload, random);
  for (const key of await keysUnder(store, 'keys/')) await store.delete(key);
  await store.put(keySlotKey(slot.slotId), asPublicDocument(encodeKeySlot(slot)));
  const how = { mnemonic: WORDS, random, clock: tickingClock(1_800_000_100_000) };
  const later = await openVault(store, how);
  tree(folder, { 'new.bin': noise(5000, 4) });
  await backUp(later, [folder], { host: 'laptop' });
}

async function writePassphrase(store: MemoryStore, folder: string): Promise<void> {
  const vault = await init(store, { passphrase: 'ünïcode passphrase' });
  tree(folder, { 'a.txt': 'behind a passphrase' });
  await backUp(vault, [folder]);
}

/** Two hosts saved a chunk each; the pack that the index had it in was pruned when nobody needed it any more. */
async function writeUnnamedChunk(store: MemoryStore): Promise<void> {
  const writer = new HostileWriter(await init(store));
  const [needed, garbage] = [noise(300, 6), noise(300, 7)].map((raw) => writer.honest(raw));
  if (!needed || !garbage) throw new Error('two chunks');
  await writer.pack('data', [needed, garbage], { named: 1 });
  const file = hostileEntry('a', EntryType.file, { size: 300, content: needed.id });
  const totals = { files: 1, directories: 0, others: 0, bytes: 300 };
  await writer.snapshot({ id: await writer.leaf([file]), level: 0, entries: 1 }, totals);
}

/** Names that must never be obeyed, beside files that are fine. */
async function writeHostilePaths(store: MemoryStore): Promise<void> {
  const writer = new HostileWriter(await init(store));
  const file = await writer.file('zz-fine', 'fine');
  const at = (path: string) => ({ ...file, path: Buffer.from(path) });
  const entries = [
    at('..\0outside'),
    at('../outside'),
    at('.\0here'),
    at('/etc/absolute'),
    at('a\0\0empty'),
    at('b\0..\0..\0outside'),
    hostileEntry('c', EntryType.symlink, { target: Buffer.from('../outside') }),
    at('c\0through-the-link'),
    file,
  ].sort((a, b) => Buffer.compare(a.path, b.path));
  const id = await writer.leaf(entries);
  const totals = { files: 8, directories: 0, others: 1, bytes: 32 };
  await writer.snapshot({ id, level: 0, entries: entries.length }, totals);
}

export const GOOD_RECIPES: Readonly<Record<string, GoodRecipe>> = {
  'v1-files': {
    comment: 'by the program: two hosts, three snapshots, odd names, links, a hole',
    write: writeFiles,
  },
  'v1-lists': {
    comment: 'a file with lists of chunks, a manifest of three levels',
    write: writeLists,
  },
  'v1-epochs-chacha': {
    comment: 'suite 2, two epochs, a snapshot in each that share a chunk',
    write: writeEpochs,
  },
  'v1-passphrase': {
    comment: 'words with a BIP39 passphrase',
    passphrase: 'ünïcode passphrase',
    write: writePassphrase,
  },
  'v1-unnamed-chunk': {
    comment: 'a pack with a chunk that no index file names: what prune can leave',
    write: writeUnnamedChunk,
  },
  'v1-hostile-paths': {
    comment: 'whole, and full of names that lead out of the target',
    write: writeHostilePaths,
  },
};
