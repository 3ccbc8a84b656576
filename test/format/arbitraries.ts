/**
 * Random entries, paths and documents for property tests.
 * @module
 */
import fc from 'fast-check';
import { compareBytes } from '../../src/base/bytes.ts';
import type { Entry, PathKey } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { CHUNK_ID_BYTES, emptyEntry } from '../../src/format/entry-row.ts';
import type { Snapshot } from '../../src/format/snapshot.ts';

/** A name as Linux has them: any bytes but zero and slash; few letters, so that paths share starts. */
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('a', 'b', 'a-b', 'ab', 'a\x01', 'b b', 'ü')
      .map((one) => Buffer.from(one)),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x2e : byte))),
  },
);

export const pathKey: fc.Arbitrary<PathKey> = fc
  .array(name, { minLength: 1, maxLength: 5 })
  .map((names) =>
    Buffer.from(names.map((one) => Buffer.from(one).toString('latin1')).join('\0'), 'latin1'),
  );

const ns = fc.integer({ min: 0, max: 999_999_999 });
const sec = fc.oneof(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.constantFrom(0, -1, 1));
const id = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const ids = fc
  .array(fc.uint8Array({ minLength: CHUNK_ID_BYTES, maxLength: CHUNK_ID_BYTES }), { maxLength: 4 })
  .map((list) => new Uint8Array(Buffer.concat(list)));

const common = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: id,
  gid: id,
  user: fc.string({ maxLength: 12, unit: 'binary' }),
  group: fc.string({ maxLength: 12 }),
  mtimeSec: sec,
  mtimeNs: ns,
  ctimeSec: sec,
  ctimeNs: ns,
  device: u64,
  inode: u64,
  links: fc.integer({ min: 1, max: 70_000 }),
  xattrs: fc.array(fc.record({ name: bytes(20), value: bytes(40) }), { maxLength: 3 }),
});

const body = fc.oneof(
  fc.record({
    type: fc.constant(EntryType.file),
    size: fc.nat({ max: 2 ** 40 }),
    sparse: fc.boolean(),
    contentDepth: fc.constantFrom<0 | 1>(0, 1),
    content: ids,
  }),
  fc.record({ type: fc.constant(EntryType.symlink), target: bytes(30) }),
  fc.record({
    type: fc.constantFrom(EntryType.charDevice, EntryType.blockDevice),
    rdevMajor: id,
    rdevMinor: id,
  }),
  fc.record({
    type: fc.constantFrom(EntryType.directory, EntryType.fifo, EntryType.socket),
  }),
);

export const entryAt = (path: PathKey): fc.Arbitrary<Entry> =>
  fc.tuple(common, body).map(([fields, kind]) => ({
    ...emptyEntry(path, kind.type),
    ...fields,
    ...kind,
  }));

/** Entries of different paths, in order. */
export const entries = (options: fc.ArrayConstraints = {}): fc.Arbitrary<Entry[]> =>
  fc
    .array(pathKey.chain(entryAt), { minLength: 1, maxLength: 30, ...options })
    .map((list) => inOrder(list));

/** Sorted by path, each path once. */
export function inOrder(list: readonly Entry[]): Entry[] {
  const sorted = [...list].sort((a, b) => compareBytes(a.path, b.path));
  return sorted.filter((entry, i) => {
    const before = sorted[i - 1];
    return !before || compareBytes(before.path, entry.path) !== 0;
  });
}

const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((one) => Buffer.from(one).toString('hex'));
const text = fc.string({ maxLength: 30, unit: 'grapheme' });

export const snapshot: fc.Arbitrary<Snapshot> = fc.record(
  {
    timeMs: fc.nat({ max: 8_640_000_000_000_000 }),
    host: text,
    user: text,
    roots: fc.array(pathKey, { maxLength: 4 }),
    tags: fc.array(text, { maxLength: 4 }),
    manifest: fc.record({
      id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      level: fc.integer({ min: 0, max: 8 }),
      entries: fc.maxSafeNat(),
    }),
    totals: fc.record({
      files: fc.maxSafeNat(),
      directories: fc.maxSafeNat(),
      others: fc.maxSafeNat(),
      bytes: fc.maxSafeNat(),
    }),
    chain: fc.oneof(
      fc.record({ sequence: fc.nat() }),
      fc.record({ sequence: fc.nat(), previous: fc.record({ id: hex(16), sha256: hex(32) }) }),
    ),
    parent: hex(16),
    program: text,
    complete: fc.boolean(),
  },
  {
    requiredKeys: [
      'timeMs',
      'host',
      'user',
      'roots',
      'tags',
      'manifest',
      'totals',
      'chain',
      'program',
      'complete',
    ],
  },
);

/** Bytes as plain arrays, so that a Buffer and a Uint8Array are the same. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
