/**
 * Made `tiny-vault.json`: a whole vault of a few kilobytes with everything in it that a reader may meet, from a
 * fixed random source. Run once, by hand (`node test/reader/make-tiny-vault.ts > test/reader/tiny-vault.json`);
 * to need it again means that the format has changed.
 * @module
 */
import { createHash, createHmac } from 'node:crypto';
import { asPublicDocument } from '../../src/base/brand.ts';
import { concatBytes, toHex, utf8Bytes } from '../../src/base/bytes.ts';
import { createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import { deriveDedupKeys, deriveRoot } from '../../src/crypto/derive.ts';
import { mnemonicToSeed } from '../../src/crypto/mnemonic.ts';
import { ObjectKind, Suite } from '../../src/crypto/sealed/header.ts';
import { ObjectSealer, asSealedBytes } from '../../src/crypto/sealed/seal.ts';
import { segmentBytesFor } from '../../src/crypto/sealed/sizes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { Codec } from '../../src/format/compress.ts';
import { compressChunk } from '../../src/format/compress.ts';
import { encodeKeySlot, keySlotKey } from '../../src/format/documents/key-slot.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { encodeVaultFile } from '../../src/format/documents/vault-file.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import { PackDirectoryWriter, encodePackTail } from '../../src/format/pack.ts';
import type { Snapshot } from '../../src/format/snapshot.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { IndexWriter } from '../../src/vault/index/index-writer.ts';
import { saveSettings } from '../../src/vault/load-settings.ts';
import { makeMnemonicSlot } from '../../src/vault/mnemonic-slot.ts';
import { packKey } from '../../src/vault/pack-key.ts';
import type { PackRoom } from '../../src/vault/pack-key.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { saveSnapshot } from '../support/save-snapshot.ts';

const WORDS = [
  `${'abandon '.repeat(11)}about`,
  'legal winner thank year wave sausage worth useful legal winner thank yellow',
];
const TIME_MS = 1_790_000_000_000;

let drawn = 0;
function random(length: number): Uint8Array {
  const bytes = createHmac('sha256', 'tiny vault').update(String(drawn++)).digest();
  return new Uint8Array(bytes.subarray(0, length));
}

const store = new MemoryStore();
const payload = {
  vaultId: random(16),
  version: 1,
  suite: Suite.aes256gcm,
  epochs: [1, 2].map((epoch) => ({ epoch, key: random(32) })),
  dedupKey: random(32),
  createdMs: TIME_MS,
};
const vault: Vault = {
  store,
  keys: {
    vaultId: payload.vaultId,
    suite: payload.suite,
    epochs: new Map(payload.epochs.map(({ epoch, key }) => [epoch, Secret.copyOf(key)])),
    currentEpoch: 2,
    dedupKey: Secret.copyOf(payload.dedupKey),
  },
  settings: DEFAULT_SETTINGS,
  vaultId: toHex(payload.vaultId),
  random,
  clock: () => TIME_MS,
  async [Symbol.asyncDispose]() {},
};
const identify = createChunkIdentifier(deriveDedupKeys(vault.keys.dedupKey).chunkId);
const index = new IndexWriter(vault);

interface Chunk {
  readonly id: Uint8Array;
  readonly codec: Codec;
  readonly stored: Uint8Array;
  readonly rawBytes: number;
}

function chunkOf(raw: Uint8Array): Chunk {
  const { codec, bytes: stored } = compressChunk(raw, 'auto');
  return { id: identify(raw), codec, stored, rawBytes: raw.length };
}

async function savePack(room: PackRoom, suite: Suite, epoch: number, chunks: readonly Chunk[]) {
  const directory = new PackDirectoryWriter();
  for (const { id, codec, stored, rawBytes } of chunks) {
    directory.add(id, codec, stored.length, rawBytes);
  }
  const stored = concatBytes(chunks.map((chunk) => chunk.stored));
  const rows = directory.take();
  const plain = concatBytes([stored, encodePackTail(stored.length, rows)]);
  const epochKey = vault.keys.epochs.get(epoch) as Secret;
  const context = { vaultId: payload.vaultId, suite, epoch, epochKey, random };
  const kind = room === 'data' ? ObjectKind.dataPack : ObjectKind.metaPack;
  const sealer = new ObjectSealer(context, kind, segmentBytesFor(undefined));
  const bytes = new Uint8Array(96 + plain.length + 28);
  bytes.set(sealer.header, 0);
  sealer.sealSegment(plain, true, bytes, 96);
  await store.put(packKey(room, sealer.name), asSealedBytes(bytes));
  index.add({ id: sealer.name, room, sealedBytes: bytes.length, directory: rows });
}

const hello = chunkOf(utf8Bytes('hello, vault\n'));
const zeros = chunkOf(new Uint8Array(5000));
const list = chunkOf(concatBytes([zeros.id, hello.id, zeros.id]));

const keyOf = (path: string) => utf8Bytes(path.split('/').join('\0'));
function entry(path: string | Uint8Array, type: EntryType, more: Partial<Entry>): Entry {
  const key = typeof path === 'string' ? keyOf(path) : path;
  const time = { mtimeSec: 1_789_999_999, mtimeNs: 123_456_789, ctimeSec: 1_789_999_999 };
  const owner = { uid: 1000, gid: 1000, user: 'ann', group: 'ann', device: 2049n };
  return { ...emptyEntry(key, type), mode: 0o644, ...owner, ...time, ...more };
}

const twin = { size: 13, links: 2, inode: 0x1_0000_0007n, content: hello.id };
const note = { name: utf8Bytes('user.note'), value: utf8Bytes('kept') };
const entries: Entry[] = [
  entry('home', EntryType.directory, { mode: 0o755, uid: 0, gid: 0, user: 'root', group: 'root' }),
  entry('home/ann', EntryType.directory, { mode: 0o2750, inode: 2n }),
  entry('home/ann/console', EntryType.charDevice, { rdevMajor: 5, rdevMinor: 300, inode: 3n }),
  entry('home/ann/empty', EntryType.file, { mode: 0o4600, inode: 4n }),
  entry('home/ann/hello.txt', EntryType.file, twin),
  entry('home/ann/link', EntryType.symlink, { target: utf8Bytes('hello.txt'), mode: 0o777 }),
  entry('home/ann/lists', EntryType.file, {
    size: 10_013,
    sparse: true,
    contentDepth: 1,
    content: list.id,
    inode: 6n,
  }),
  entry('home/ann/old', EntryType.fifo, { mtimeSec: -86_400, user: '', group: '', inode: 8n }),
  entry(concatBytes([keyOf('home/ann/'), Uint8Array.of(0xff, 0xfe)]), EntryType.file, {
    ...twin,
    xattrs: [note],
  }),
];

function nodeOf(some: readonly Entry[]): Chunk {
  const writer = new NodeWriter(0);
  for (const one of some) writer.addEntry(one);
  return chunkOf(writer.take());
}

const root = new NodeWriter(1);
const leaves = [entries.slice(0, 4), entries.slice(4)].map((some) => ({
  some,
  node: nodeOf(some),
}));
for (const { some, node } of leaves) {
  const bytes = some.reduce((sum, { size }) => sum + size, 0);
  const [first] = some;
  root.addFence({ path: (first as Entry).path, id: node.id, entries: some.length, bytes });
}
const rootNode = chunkOf(root.take());

const seeds = WORDS.map((words) => mnemonicToSeed(words));
for (const seed of seeds) {
  const slot = makeMnemonicSlot(deriveRoot(seed), payload, random);
  await store.put(keySlotKey(slot.slotId), asPublicDocument(encodeKeySlot(slot)));
}
await store.put('vault.json', asPublicDocument(encodeVaultFile(payload)));
await saveSettings(vault, DEFAULT_SETTINGS, 1);
await savePack('data', Suite.chacha20poly1305, 1, [hello]);
await savePack('data', Suite.aes256gcm, 2, [zeros]);
await index.flush();
const nodes = leaves.map(({ node }) => node);
await savePack('meta', Suite.aes256gcm, 2, [list, ...nodes, rootNode]);
await index.flush();

const common = { host: 'laptop', user: 'ann', program: 'cybs3 0.1.0', complete: true };
const first: Snapshot = {
  ...common,
  timeMs: TIME_MS,
  roots: [keyOf('home/ann')],
  tags: [],
  manifest: { id: nodes[0]?.id as Uint8Array, level: 0, entries: 4 },
  totals: { files: 1, directories: 2, others: 1, bytes: 0 },
  chain: { sequence: 0 },
};
const saved = await saveSnapshot(vault, first);
await saveSnapshot(vault, {
  ...common,
  timeMs: TIME_MS + 60_000,
  roots: [keyOf('home/ann'), Uint8Array.of(0xff)],
  tags: ['nightly', 'ünïcode'],
  manifest: { id: rootNode.id, level: 1, entries: 9 },
  totals: { files: 4, directories: 2, others: 3, bytes: 10_039 },
  chain: { sequence: 1, previous: { id: saved.id, sha256: saved.sha256 } },
  parent: saved.id,
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const objects: Record<string, string> = {};
for await (const { key } of store.list('')) objects[key] = toHex(await store.get(key));
const sorted = Object.fromEntries(Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1)));
const hexOf = Object.fromEntries(
  Object.entries({ hello, zeros, list, leaf0: nodes[0], leaf1: nodes[1], root: rootNode }).map(
    ([name, chunk]) => [name, chunk && { id: toHex(chunk.id), stored: toHex(chunk.stored) }],
  ),
);
const document = {
  comment: 'a whole vault; objects as hex. Both word lists open it. See docs/format.md, section 17',
  words: WORDS,
  epochKeys: payload.epochs.map(({ key }) => toHex(key)),
  dedupKey: toHex(payload.dedupKey),
  chunks: hexOf,
  content: {
    'hello.txt': sha256(utf8Bytes('hello, vault\n')),
    lists: sha256(
      concatBytes([new Uint8Array(5000), utf8Bytes('hello, vault\n'), new Uint8Array(5000)]),
    ),
  },
  objects: sorted,
};
process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
