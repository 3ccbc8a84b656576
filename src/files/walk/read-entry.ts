/**
 * From what `lstat` says to the entry of a manifest.
 * @module
 */
import { constants, type BigIntStats } from 'node:fs';
import { platform } from 'node:os';
import { EntryType, type Entry, type PathKey } from '../../format/entry.ts';
import { versionOf } from '../read/file-version.ts';
import type { AccountNames } from './account-names.ts';

const BLOCK_BYTES = 512;
/** Below one page some file systems keep the content inside the inode, without any block. */
const SPARSE_BYTES_MIN = 4096;
const EMPTY = new Uint8Array(0);
const NO_XATTRS: Entry['xattrs'] = [];
const IS_LINUX = platform() === 'linux';

/** The type of what `stats` describes, or `undefined` for something a manifest can't hold. */
export function entryTypeOf(stats: BigIntStats): EntryType | undefined {
  switch (Number(stats.mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return EntryType.file;
    case constants.S_IFDIR:
      return EntryType.directory;
    case constants.S_IFLNK:
      return EntryType.symlink;
    case constants.S_IFIFO:
      return EntryType.fifo;
    case constants.S_IFSOCK:
      return EntryType.socket;
    case constants.S_IFCHR:
      return EntryType.charDevice;
    case constants.S_IFBLK:
      return EntryType.blockDevice;
    default:
      return undefined;
  }
}

/** A fresh entry without content, target and attributes. */
export function makeEntry(
  path: PathKey,
  type: EntryType,
  stats: BigIntStats,
  accounts: AccountNames,
): Entry {
  const uid = Number(stats.uid);
  const gid = Number(stats.gid);
  const { mtimeSec, mtimeNs, ctimeSec, ctimeNs } = versionOf(stats);
  const isFile = type === EntryType.file;
  const isDevice = type === EntryType.charDevice || type === EntryType.blockDevice;
  return {
    path,
    type,
    mode: Number(stats.mode) & 0o7777,
    uid,
    gid,
    user: accounts.user(uid),
    group: accounts.group(gid),
    mtimeSec,
    mtimeNs,
    ctimeSec,
    ctimeNs,
    device: stats.dev,
    inode: stats.ino,
    // A folder's count is of its subfolders on some file systems: no hard links, and no use to
    // anyone.
    links: type === EntryType.directory ? 1 : Number(stats.nlink),
    size: isFile ? Number(stats.size) : 0,
    sparse: isFile && isSparse(stats),
    target: EMPTY,
    rdevMajor: isDevice ? deviceMajor(stats.rdev) : 0,
    rdevMinor: isDevice ? deviceMinor(stats.rdev) : 0,
    xattrs: NO_XATTRS,
    contentDepth: 0,
    content: EMPTY,
  };
}

/** True where fewer blocks are allocated than the length needs. */
function isSparse(stats: BigIntStats): boolean {
  const size = Number(stats.size);
  return size >= SPARSE_BYTES_MIN && Number(stats.blocks) * BLOCK_BYTES < size;
}

/** `dev_t` as glibc packs it on Linux; elsewhere the BSD packing of 8 and 24 bits. */
function deviceMajor(device: bigint): number {
  if (!IS_LINUX) return Number((device >> 24n) & 0xffn);
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
}

function deviceMinor(device: bigint): number {
  if (!IS_LINUX) return Number(device & 0xffffffn);
  return Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
}
