/**
 * One entry as a row of a manifest node (`docs/format.md`, "Manifest"). The path is given as what it
 * shares with the row before; the chunk ids stand apart, behind all rows, because they do not compress.
 *
 *     row = shared varint || rest blob || type and flags u8 || mode varint || uid varint || gid varint
 *           || user blob || group blob || mtime s signed || mtime ns varint || ctime s signed
 *           || ctime ns varint || device u64 || inode u64
 *           || [flag links] links varint
 *           || [file] size varint || ids varint   [symlink] target blob   [device] major, minor varint
 *           || [flag xattrs] count varint || count × (name blob || value blob)
 *     flags: 0x10 sparse, 0x20 ids are of list chunks, 0x40 has xattrs, 0x80 has more than one link
 * @module
 */
import { ByteReader, ByteWriter, compareBytes, utf8Bytes } from '../base/bytes.ts';
import type { Entry, PathKey, Xattr } from './entry.ts';
import { EntryType } from './entry.ts';

const FLAG_SPARSE = 0x10;
const FLAG_LISTS = 0x20;
const FLAG_XATTRS = 0x40;
const FLAG_LINKS = 0x80;

export const CHUNK_ID_BYTES = 32;
/** Longest path in bytes, separators counted. */
export const PATH_BYTES_MAX = 1024 * 1024;
const NAME_BYTES_MAX = 4096;
const TARGET_BYTES_MAX = 1024 * 1024;
const XATTR_BYTES_MAX = 16 * 1024 * 1024;
const XATTRS_MAX = 65_536;

/** Owner names repeat from row to row: the last one is kept in both its forms. */
class OwnerText {
  #text = '';
  #bytes: Uint8Array = new Uint8Array(0);

  write(out: ByteWriter, text: string): void {
    if (text !== this.#text) this.#keep(text, utf8Bytes(text));
    out.blob(this.#bytes);
  }

  read(row: ByteReader): string {
    const length = row.blobLength(NAME_BYTES_MAX);
    if (length === this.#bytes.length && row.skipIfNext(this.#bytes)) return this.#text;
    const bytes = row.raw(length);
    const text = bytes.toString('utf8');
    // Bytes that are no UTF-8 are not what the text encodes to.
    const encoded = utf8Bytes(text);
    if (compareBytes(encoded, bytes) === 0) this.#keep(text, encoded);
    return text;
  }

  #keep(text: string, bytes: Uint8Array): void {
    this.#text = text;
    this.#bytes = bytes;
  }
}

const users = new OwnerText();
const groups = new OwnerText();

/** Writes a path as what it shares with `previous` and the rest. */
export function writePath(out: ByteWriter, path: PathKey, previous: PathKey): void {
  const most = Math.min(path.length, previous.length);
  let shared = 0;
  while (shared < most && path[shared] === previous[shared]) shared++;
  out.varint(shared);
  out.varint(path.length - shared);
  out.rawFrom(path, shared);
}

/** Reads a path; it must come after `previous` in byte order. */
export function readPath(row: ByteReader, previous: PathKey): Buffer {
  const shared = row.varint();
  if (shared > previous.length) row.fail('a path shares more than there is');
  const rest = row.blobLength(PATH_BYTES_MAX);
  if (shared + rest > PATH_BYTES_MAX) row.fail('a path is too long');
  if (rest > row.left) row.fail('it ends early');
  const path = Buffer.allocUnsafe(shared + rest);
  for (let i = 0; i < shared; i++) path[i] = previous[i] as number;
  row.copyTo(path, shared, rest);
  return path;
}

/** Writes everything of an entry but its chunk ids. */
export function writeEntryRow(out: ByteWriter, entry: Entry, previous: PathKey): void {
  writePath(out, entry.path, previous);
  let tag: number = entry.type;
  if (entry.sparse) tag |= FLAG_SPARSE;
  if (entry.contentDepth === 1) tag |= FLAG_LISTS;
  if (entry.xattrs.length > 0) tag |= FLAG_XATTRS;
  if (entry.links > 1) tag |= FLAG_LINKS;
  out.u8(tag);
  out.varint(entry.mode);
  out.varint(entry.uid);
  out.varint(entry.gid);
  users.write(out, entry.user);
  groups.write(out, entry.group);
  out.signed(entry.mtimeSec);
  out.varint(entry.mtimeNs);
  out.signed(entry.ctimeSec);
  out.varint(entry.ctimeNs);
  out.bigU64(entry.device);
  out.bigU64(entry.inode);
  if (entry.links > 1) out.varint(entry.links);
  writeBody(out, entry);
  if (entry.xattrs.length > 0) writeXattrs(out, entry.xattrs);
}

function writeBody(out: ByteWriter, entry: Entry): void {
  if (entry.type === EntryType.file) {
    out.varint(entry.size);
    out.varint(entry.content.length / CHUNK_ID_BYTES);
  } else if (entry.type === EntryType.symlink) {
    out.blob(entry.target);
  } else if (entry.type === EntryType.charDevice || entry.type === EntryType.blockDevice) {
    out.varint(entry.rdevMajor);
    out.varint(entry.rdevMinor);
  }
}

function writeXattrs(out: ByteWriter, xattrs: readonly Xattr[]): void {
  out.varint(xattrs.length);
  for (const { name, value } of xattrs) {
    out.blob(name);
    out.blob(value);
  }
}

const NOTHING = new Uint8Array(0);
const NO_XATTRS: readonly Xattr[] = [];

/** An entry with everything that a row may leave out at its default. */
export function emptyEntry(path: PathKey, type: EntryType): Entry {
  return {
    path,
    type,
    mode: 0,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    mtimeSec: 0,
    mtimeNs: 0,
    ctimeSec: 0,
    ctimeNs: 0,
    device: 0n,
    inode: 0n,
    links: 1,
    size: 0,
    sparse: false,
    target: NOTHING,
    rdevMajor: 0,
    rdevMinor: 0,
    xattrs: NO_XATTRS,
    contentDepth: 0,
    content: NOTHING,
  };
}

/**
 * Reads one row.
 * @param ids takes the next run of chunk ids from the node's id section
 * @throws AppError `format/invalid`
 */
export function readEntryRow(
  row: ByteReader,
  previous: PathKey,
  takeIds: (count: number) => Uint8Array,
): Entry {
  const path = readPath(row, previous);
  const tag = row.u8();
  const type = tag & 0x0f;
  if (type > EntryType.blockDevice) row.fail('an entry of an unknown type');
  if (type !== EntryType.file && (tag & FLAG_LISTS) !== 0) row.fail('no file, and lists of chunks');
  const entry = emptyEntry(path, type as EntryType);
  entry.sparse = (tag & FLAG_SPARSE) !== 0;
  entry.mode = row.varint();
  if (entry.mode > 0o7777) row.fail('a mode is none');
  entry.uid = row.varint();
  entry.gid = row.varint();
  entry.user = users.read(row);
  entry.group = groups.read(row);
  entry.mtimeSec = row.signed();
  entry.mtimeNs = row.varint();
  entry.ctimeSec = row.signed();
  entry.ctimeNs = row.varint();
  if (entry.mtimeNs > 999_999_999 || entry.ctimeNs > 999_999_999) row.fail('a time is none');
  entry.device = row.bigU64();
  entry.inode = row.bigU64();
  if ((tag & FLAG_LINKS) !== 0) entry.links = row.varint();
  readBody(row, entry, (tag & FLAG_LISTS) !== 0, takeIds);
  if ((tag & FLAG_XATTRS) !== 0) entry.xattrs = readXattrs(row);
  return entry;
}

function readBody(
  row: ByteReader,
  entry: Entry,
  isList: boolean,
  takeIds: (count: number) => Uint8Array,
): void {
  if (entry.type === EntryType.file) {
    entry.size = row.varint();
    entry.contentDepth = isList ? 1 : 0;
    const count = row.varint();
    if (count > 0) entry.content = takeIds(count);
  } else if (entry.type === EntryType.symlink) {
    entry.target = row.blob(TARGET_BYTES_MAX);
  } else if (entry.type === EntryType.charDevice || entry.type === EntryType.blockDevice) {
    entry.rdevMajor = row.varint();
    entry.rdevMinor = row.varint();
  }
}

function readXattrs(row: ByteReader): Xattr[] {
  const count = row.varint();
  if (count > XATTRS_MAX) row.fail('an entry has too many extended attributes');
  const xattrs: Xattr[] = [];
  for (let i = 0; i < count; i++) {
    xattrs.push({ name: row.blob(NAME_BYTES_MAX), value: row.blob(XATTR_BYTES_MAX) });
  }
  return xattrs;
}
