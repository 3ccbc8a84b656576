/**
 * Headers of tar archives: one ustar block, and before it a pax extended header with whatever that block cannot
 * say exactly (long names, names beyond ASCII, times before 1970 or with fractions, large numbers,
 * extended attributes).
 *
 * Source: POSIX.1-2024, "pax Interchange Format" and "ustar Interchange Format"; extended attributes as
 * GNU tar and libarchive have them (`SCHILY.xattr.<name>`), numbers that no octal field holds in GNU's
 * base-256 form.
 * @module
 */
import { asBuffer, concatBytes, tryUtf8, utf8Bytes } from '../../base/bytes.ts';
import type { Xattr } from '../../format/entry.ts';

export const TAR_BLOCK_BYTES = 512;

/** The codes of POSIX, and two of GNU tar for long names. */
export const TarType = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  charDevice: '3',
  blockDevice: '4',
  directory: '5',
  fifo: '6',
  extended: 'x',
  longName: 'L',
  longLinkName: 'K',
} as const;
export type TarType = (typeof TarType)[keyof typeof TarType];

export interface TarMember {
  /** Separated by slashes; a folder's ends in one. Names are bytes: they need not be UTF-8. */
  readonly name: Uint8Array;
  readonly type: TarType;
  /** Of links; else empty. */
  readonly linkName: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  /** Bytes that follow, without padding. */
  readonly sizeBytes: number;
  readonly mtimeSec: number;
  readonly mtimeNs: number;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: readonly Xattr[];
}

const NAME_BYTES = 100;
const ACCOUNT_BYTES = 31;
const PAX_NAME_PREFIX = 'PaxHeaders/';
const EMPTY = new Uint8Array(0);

/** Zeros that follow content of that length. */
export function tarPadding(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

/** Everything that stands before a member's content: a whole number of blocks. */
export function encodeTarHeader(member: TarMember): Uint8Array {
  const header = [...longNames(member), encodeBlock(member)];
  const records = paxRecords(member);
  if (records.length === 0) return concatBytes(header);
  const body = concatBytes(records);
  const pax = { ...EXTENSION, name: paxName(member), sizeBytes: body.length };
  const padding = new Uint8Array(tarPadding(body.length));
  return concatBytes([encodeBlock(pax), body, padding, ...header]);
}

/** The header of what belongs to the member that follows. */
const EXTENSION = {
  type: TarType.extended,
  linkName: EMPTY,
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: '',
  group: '',
  mtimeSec: 0,
  mtimeNs: 0,
  major: 0,
  minor: 0,
  xattrs: [],
} as const;

/** Only seen by programs that do not know pax: they unpack the records as a file of that name. */
function paxName(member: TarMember): Uint8Array {
  const name = asBuffer(member.name);
  const end = name.at(-1) === 0x2f ? name.length - 1 : name.length;
  const base = name.subarray(name.lastIndexOf('/', end - 1) + 1, end);
  return concatBytes([
    utf8Bytes(PAX_NAME_PREFIX),
    base.subarray(0, NAME_BYTES - PAX_NAME_PREFIX.length),
  ]);
}

/** The records of the extended header, each `length key=value\n`; none where the block says it all. */
function paxRecords(member: TarMember): Uint8Array[] {
  const records: Uint8Array[] = [];
  const add = (key: string, value: Uint8Array | string) =>
    records.push(paxRecord(utf8Bytes(key), typeof value === 'string' ? utf8Bytes(value) : value));
  if (needsPax(member.name)) add('path', member.name);
  if (needsPax(member.linkName)) add('linkpath', member.linkName);
  if (!fitsAccountField(member.user)) add('uname', member.user);
  if (!fitsAccountField(member.group)) add('gname', member.group);
  if (!fitsOctal(member.uid, 8)) add('uid', String(member.uid));
  if (!fitsOctal(member.gid, 8)) add('gid', String(member.gid));
  if (!fitsOctal(member.sizeBytes, 12)) add('size', String(member.sizeBytes));
  if (member.mtimeNs !== 0 || !fitsOctal(member.mtimeSec, 12)) add('mtime', paxTime(member));
  for (const { name, value } of member.xattrs) {
    records.push(paxRecord(concatBytes([utf8Bytes('SCHILY.xattr.'), xattrKey(name)]), value));
  }
  return records;
}

/** The length counts its own digits. */
function paxRecord(key: Uint8Array, value: Uint8Array): Uint8Array {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return concatBytes([utf8Bytes(`${length} `), key, utf8Bytes('='), value, utf8Bytes('\n')]);
}

/** A key ends at the first `=`: GNU tar escapes those in a name, and its escape sign. */
function xattrKey(name: Uint8Array): Uint8Array {
  const text = asBuffer(name).toString('latin1');
  return Buffer.from(text.replaceAll('%', '%25').replaceAll('=', '%3D'), 'latin1');
}

/** Decimal seconds: half a second before 1970 is -2 s and 500,000,000 ns here, `-1.5` there. */
function paxTime({ mtimeSec, mtimeNs }: TarMember): string {
  if (mtimeNs === 0) return String(mtimeSec);
  const isBefore = mtimeSec < 0;
  const seconds = isBefore ? -mtimeSec - 1 : mtimeSec;
  const fraction = isBefore ? 1_000_000_000 - mtimeNs : mtimeNs;
  return `${isBefore ? '-' : ''}${seconds}.${String(fraction).padStart(9, '0')}`;
}

/**
 * Names beyond ASCII are UTF-8 in a pax record by definition, and what a block holds is taken as it is: so
 * names that are UTF-8 go into a record, and those that are not must not.
 */
function needsPax(name: Uint8Array): boolean {
  const isPlain = name.length <= NAME_BYTES && name.every((byte) => byte < 0x80);
  return !isPlain && tryUtf8(name) !== undefined;
}

/**
 * Long names that are not UTF-8, in the older way of GNU tar, which everybody reads. (Pax has `hdrcharset` for
 * them, which GNU tar does not know.)
 */
function longNames({ name, linkName }: TarMember): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const add = (type: TarType, long: Uint8Array) => {
    if (long.length <= NAME_BYTES || needsPax(long)) return;
    const sizeBytes = long.length + 1;
    const header = { ...EXTENSION, type, name: utf8Bytes('././@LongLink'), sizeBytes };
    parts.push(encodeBlock(header), long, new Uint8Array(1 + tarPadding(sizeBytes)));
  };
  add(TarType.longLinkName, linkName);
  add(TarType.longName, name);
  return parts;
}

function fitsAccountField(name: string): boolean {
  // eslint-disable-next-line no-control-regex
  return name.length <= ACCOUNT_BYTES && /^[\u0001-\u007f]*$/.test(name);
}

/** A field of `width` holds one digit less: a zero byte ends it. */
function fitsOctal(value: number, width: number): boolean {
  return value >= 0 && value < 8 ** (width - 1);
}

function encodeBlock(member: TarMember): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  block.set(member.name.subarray(0, NAME_BYTES), 0);
  putNumber(block, 100, 8, member.mode);
  putNumber(block, 108, 8, member.uid);
  putNumber(block, 116, 8, member.gid);
  putNumber(block, 124, 12, member.sizeBytes);
  putNumber(block, 136, 12, Math.max(0, member.mtimeSec));
  block.write(member.type, 156, 'latin1');
  block.set(member.linkName.subarray(0, NAME_BYTES), 157);
  block.write('ustar\x0000', 257, 'latin1');
  block.set(utf8Bytes(member.user).subarray(0, ACCOUNT_BYTES), 265);
  block.set(utf8Bytes(member.group).subarray(0, ACCOUNT_BYTES), 297);
  putNumber(block, 329, 8, member.major);
  putNumber(block, 337, 8, member.minor);
  // The sum of the block with the sum's own field as spaces.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Octal digits and a zero byte, or base-256 with the top bit set where there are too many. */
function putNumber(block: Buffer, at: number, width: number, value: number): void {
  if (fitsOctal(value, width)) {
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
    return;
  }
  let rest = value;
  for (let i = width - 1; i > 0; i--) {
    block[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  block[at] = 0x80;
}
