/**
 * A file system that is not there: entries in path order, as a walk would yield them, for any number of files.
 * @module
 */
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { createChance } from '../data/content/random-bytes.ts';

const FILES_IN_FOLDER = 100;
const FOLDERS_IN_FOLDER = 100;
/** Shorter than the smallest chunk: every file is one chunk. */
const LONGEST_BYTES = 20_000;
const TIME_SEC = 1_750_000_000;

/** The number of files under a path of `pathOf`, counting on from there. */
export function pathOf(file: number): Buffer {
  const folder = Math.floor(file / FILES_IN_FOLDER);
  const above = Math.floor(folder / FOLDERS_IN_FOLDER);
  return Buffer.from(
    `home\0user\0projects-${padded(above)}\0part-${padded(folder)}\0document-${padded(file)}.txt`,
  );
}

/** Files as entries, their chunk ids filled in, with the folders they are in; all in path order. */
export function* generateEntries(files: number): Generator<Entry> {
  let folders: string[] = [];
  for (let file = 0; file < files; file++) {
    const path = pathOf(file);
    if (file % FILES_IN_FOLDER === 0) {
      const parents = path.toString('latin1').split('\0').slice(0, -1);
      for (let depth = 1; depth <= parents.length; depth++) {
        if (folders[depth - 1] === parents[depth - 1]) continue;
        yield entryAt(Buffer.from(parents.slice(0, depth).join('\0')), EntryType.directory, file);
      }
      folders = parents;
    }
    const entry = entryAt(path, EntryType.file, file);
    entry.size = sizeOf(file);
    entry.content = chunkIdOf(file);
    yield entry;
  }
}

/**
 * Stands for the HMAC of a file's content: as evenly spread, and no two alike, but for a fraction of what hashing
 * would cost (and out of Buffer's pool: what a hash hands out stays in memory for long).
 */
export function chunkIdOf(file: number): Buffer {
  const id = Buffer.allocUnsafe(32);
  const chance = createChance(file);
  for (let at = 0; at < 28; at += 4) id.writeUInt32LE(chance() * 2 ** 32, at);
  id.writeUInt32LE(file, 28);
  return id;
}

export function sizeOf(file: number): number {
  return 1 + ((file * 7919) % LONGEST_BYTES);
}

function entryAt(path: Buffer, type: EntryType, number: number): Entry {
  const seconds = TIME_SEC + ((number * 31) % 10_000_000);
  return {
    path,
    type,
    mode: type === EntryType.file ? 0o644 : 0o755,
    uid: 1000,
    gid: 1000,
    user: 'user',
    group: 'user',
    mtimeSec: seconds,
    mtimeNs: (number * 7_919_001) % 1_000_000_000,
    ctimeSec: seconds,
    ctimeNs: (number * 7_919_003) % 1_000_000_000,
    device: 2049n,
    inode: BigInt(1_000_000 + number),
    links: 1,
    size: 0,
    sparse: false,
    target: new Uint8Array(0),
    rdevMajor: 0,
    rdevMinor: 0,
    xattrs: [],
    contentDepth: 0,
    content: new Uint8Array(0),
  };
}

function padded(number: number): string {
  return String(number).padStart(8, '0');
}
