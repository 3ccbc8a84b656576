/**
 * Vaults that are meant to hang, fill the memory of, or break whoever reads them.
 * @module
 */
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { EntryType } from '../../src/format/entry.ts';
import type { Fence } from '../../src/format/manifest-node.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import type { HostileWriter } from './hostile-writer.ts';
import { bomb, hostileEntry } from './hostile-writer.ts';

const MiB = 1024 * 1024;

export interface HostileVault {
  readonly name: string;
  readonly write: (writer: HostileWriter) => Promise<void>;
  /** What the provider does to the folder of the vault: that takes no keys. */
  readonly plant?: (folder: string) => void;
}

const path = (n: number) => Buffer.from(String(n).padStart(8, '0'));

/** Fences that all lead to the node `id`, `width` of them. */
function allTo(id: Uint8Array, width: number): Fence[] {
  return Array.from({ length: width }, (_, n) => ({ path: path(n), id, entries: 1, bytes: 1 }));
}

const LONG_PATHS = 1000;

/** Each has eight bytes of its own, and shares the rest of a megabyte with the one before. Two are valid at a time. */
function* longPaths(): Generator<Buffer> {
  const two = [Buffer.alloc(MiB, 'long/path'), Buffer.alloc(MiB, 'long/path')];
  for (let n = 0; n < LONG_PATHS; n++) {
    const whole = two[n % 2] ?? Buffer.alloc(0);
    path(n).copy(whole, MiB - 8);
    yield whole;
  }
}

const tower: HostileVault = {
  name: 'eight levels, a hundred fences each, all to one node',
  write: async (writer) => {
    let id = await writer.leaf([await writer.file('00000000', 'x')]);
    for (let level = 1; level <= 8; level++) id = await writer.inner(level, allTo(id, 100));
    await writer.snapshot({ id, level: 8, entries: 100 });
  },
};

const ownChild: HostileVault = {
  name: 'a node that is under itself, a level lower',
  write: async (writer) => {
    const below = await writer.inner(1, allTo(new Uint8Array(32), 3));
    const id = await writer.inner(2, allTo(below, 3));
    const top = await writer.inner(3, [
      ...allTo(id, 2),
      { path: path(5), id: below, entries: 1, bytes: 1 },
    ]);
    await writer.snapshot({ id: top, level: 3, entries: 7 });
  },
};

const longEntries: HostileVault = {
  name: 'entries that share a path of a megabyte',
  write: async (writer) => {
    const node = new NodeWriter(0);
    for (const one of longPaths()) node.addEntry(hostileEntry(one, EntryType.file));
    const id = await writer.chunks('meta', node.take());
    await writer.snapshot({ id, level: 0, entries: LONG_PATHS });
  },
};

const longFences: HostileVault = {
  name: 'fences that share a path of a megabyte',
  write: async (writer) => {
    const leaf = await writer.leaf([await writer.file('a', 'x')]);
    const node = new NodeWriter(1);
    for (const one of longPaths()) node.addFence({ path: one, id: leaf, entries: 1, bytes: 1 });
    const id = await writer.chunks('meta', node.take());
    await writer.snapshot({ id, level: 1, entries: LONG_PATHS });
  },
};

const lists: HostileVault = {
  name: 'a small file with lists of lists of chunks',
  write: async (writer) => {
    const one = await writer.chunks('data', Buffer.from('x'));
    const list = await writer.chunks('meta', Buffer.alloc(32 * 200_000, one));
    const content = Buffer.alloc(32 * 200_000, list);
    const more = { size: 5, contentDepth: 1, content } as const;
    const id = await writer.leaf([hostileEntry('file', EntryType.file, more)]);
    await writer.snapshot({ id, level: 0, entries: 1 }, { bytes: 5 });
  },
};

const bombs: HostileVault = {
  name: 'chunks that decompress to more than they say',
  write: async (writer) => {
    const honest = writer.honest(new Uint8Array(16 * MiB));
    const stored = bomb(900 * MiB);
    const claims = [1, 1000, 16 * MiB];
    const forms = claims.map((rawBytes, n) => ({
      id: new Uint8Array(32).fill(n + 1),
      codec: 1,
      stored,
      rawBytes,
    }));
    await writer.pack('data', [...forms, honest]);
    const files = forms.map(({ id, rawBytes }, n) =>
      hostileEntry(`file-${n}`, EntryType.file, { size: rawBytes, content: id }),
    );
    const leaf = await writer.leaf(files);
    await writer.pack('meta', [{ id: new Uint8Array(32).fill(9), codec: 1, stored, rawBytes: 16 }]);
    await writer.snapshot({ id: leaf, level: 0, entries: files.length });
    await writer.snapshot({ id: new Uint8Array(32).fill(9), level: 0, entries: 1 });
  },
};

const wrongPlaces: HostileVault = {
  name: 'an index that says packs and chunks are huge',
  write: async (writer) => {
    const claims = [
      { sealedBytes: 2 ** 50 },
      { sealedBytes: 2 ** 40, storedBytes: 2 ** 32 - 1 },
      { sealedBytes: 2 ** 40, offset: 2 ** 32 - 1 },
      { sealedBytes: 97 },
      { sealedBytes: 0 },
      { storedBytes: 0 },
    ];
    const files = [];
    for (const [n, claim] of claims.entries()) {
      const raw = Buffer.from(`content ${n}`);
      const id = await writer.pack('data', [writer.honest(raw)], claim);
      const more = { size: raw.length, content: id };
      files.push(hostileEntry(`file-${n}`, EntryType.file, more));
    }
    const id = await writer.leaf(files);
    await writer.snapshot({ id, level: 0, entries: files.length });
    const leaf = writer.honest(Buffer.from('no node'));
    for (const claim of claims) await writer.pack('meta', [leaf], claim);
    await writer.snapshot({ id: leaf.id, level: 0, entries: 1 });
  },
};

const madeUpIndex: HostileVault = {
  name: 'an index of made-up chunks that compresses to nothing',
  write: async (writer) => {
    const count = 900_000;
    const chunkIds = Buffer.alloc(32 * count);
    for (let n = 0; n < count; n++) chunkIds.writeUInt32BE(n, 32 * n);
    await writer.index({
      packIds: Buffer.alloc(16, 1),
      packKinds: Uint8Array.of(1),
      packSealedBytes: [1000],
      chunkIds,
      packNumbers: new Uint32Array(count),
      offsets: new Uint32Array(count),
      storedBytes: new Uint32Array(count),
      rawBytes: new Uint32Array(count),
      codecs: new Uint8Array(count),
    });
    const id = await writer.leaf([await writer.file('a', 'x')]);
    await writer.snapshot({ id, level: 0, entries: 1 }, { bytes: 1 });
  },
};

const sizes: HostileVault = {
  name: 'sizes, counts and totals that lie',
  write: async (writer) => {
    const most = Number.MAX_SAFE_INTEGER;
    const file = await writer.file('huge', 'x', { size: most });
    const empty = hostileEntry('nothing', EntryType.file, { size: most });
    const leaf = await writer.leaf([file, empty]);
    const fence = { path: Buffer.from('huge'), id: leaf, entries: most, bytes: most };
    const id = await writer.inner(1, [fence]);
    const totals = { files: most, directories: most, others: most, bytes: most };
    await writer.snapshot({ id, level: 1, entries: most }, totals);
  },
};

/** Deeper takes longer, and makes a tree that other programs cannot remove. */
const DEPTH = 3000;

const deep: HostileVault = {
  name: 'a path of thousands of folders',
  write: async (writer) => {
    const file = await writer.file('a/'.repeat(DEPTH) + 'b', 'x');
    await writer.snapshot({ id: await writer.leaf([file]), level: 0, entries: 1 }, { bytes: 1 });
  },
};

const attributes: HostileVault = {
  name: 'a file with sixty thousand attributes',
  write: async (writer) => {
    const xattrs = Array.from({ length: 60_000 }, (_, n) => ({
      name: Buffer.from(`user.${n}`),
      value: Buffer.alloc(100, 1),
    }));
    const file = await writer.file('a', 'x', { xattrs });
    await writer.snapshot({ id: await writer.leaf([file]), level: 0, entries: 1 }, { bytes: 1 });
  },
};

const hugeObjects: HostileVault = {
  name: 'objects of nearly a gigabyte in every room',
  write: async (writer) => {
    const id = await writer.leaf([await writer.file('a', 'x')]);
    await writer.snapshot({ id, level: 0, entries: 1 }, { bytes: 1 });
  },
  plant: (folder) => {
    for (const room of ['snapshots', 'index', 'config', 'keys', 'gc']) {
      mkdirSync(join(folder, room), { recursive: true });
      for (const digit of ['1', '2', '3']) {
        const name = digit.repeat(32) + (room === 'keys' ? '.json' : '');
        const fd = openSync(join(folder, room, name), 'w');
        ftruncateSync(fd, 1000 * MiB);
        closeSync(fd);
      }
    }
  },
};

export const HOSTILE_VAULTS: readonly HostileVault[] = [
  tower,
  ownChild,
  longEntries,
  longFences,
  lists,
  bombs,
  wrongPlaces,
  madeUpIndex,
  sizes,
  deep,
  attributes,
  hugeObjects,
];
