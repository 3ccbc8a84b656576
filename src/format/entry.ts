/**
 * One entry of a manifest: a file, folder, link or special file, as it was.
 * @module
 */

/** The codes are part of the format (`docs/format.md`, "Manifest"). */
export const EntryType = {
  file: 0,
  directory: 1,
  symlink: 2,
  fifo: 3,
  socket: 4,
  charDevice: 5,
  blockDevice: 6,
} as const;
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

export interface Xattr {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** Names are bytes: components joined by one zero byte, no leading one, so that byte order is tree order. */
export type PathKey = Uint8Array;

export interface Entry {
  path: PathKey;
  type: EntryType;
  /** Permission bits with setuid, setgid and sticky: 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Empty where the number has no name. */
  user: string;
  group: string;
  /** Seconds since 1970 (may be negative) and 0..999,999,999 nanoseconds. */
  mtimeSec: number;
  mtimeNs: number;
  ctimeSec: number;
  ctimeNs: number;
  device: bigint;
  inode: bigint;
  /**
   * How many names this inode has (1 where unknown). Entries with more than one and equal device and inode
   * are one file.
   */
  links: number;
  /** Content length of a file in bytes; 0 for others. */
  size: number;
  /** True where the file had holes: restoring leaves runs of zeros unwritten. */
  sparse: boolean;
  /** A symlink's target; empty for others. */
  target: Uint8Array;
  /** Device numbers of a device node; 0 for others. */
  rdevMajor: number;
  rdevMinor: number;
  xattrs: readonly Xattr[];
  /** 0: `content` is the ids of the file's chunks; 1: the ids of list chunks that hold them. */
  contentDepth: 0 | 1;
  /** Chunk ids, 32 bytes each, in file order. */
  content: Uint8Array;
}
