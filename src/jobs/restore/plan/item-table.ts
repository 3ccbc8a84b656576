/**
 * What workers need to know of each entry of a window, as bytes in shared memory: cloning tens of
 * thousands of objects for every thread would cost more than writing the files.
 * @module
 */
import { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import { assert } from '../../../base/failure.ts';
import type { EntryType, Xattr } from '../../../format/entry.ts';
import type { FileGoal } from '../../../files/restore/file-writer.ts';

/** One entry that is to be made. */
export interface RestoreItem extends FileGoal {
  readonly type: EntryType;
  /** For symlinks. */
  readonly target: Uint8Array;
  readonly rdevMajor: number;
  readonly rdevMinor: number;
  /** Something that may be replaced has the name. */
  readonly exists: boolean;
  /** What is on the disk may have some of the content: look before fetching. */
  readonly check: boolean;
  /** It is as it should be; it is only here to be verified. */
  readonly kept: boolean;
  /** Its content ends in this window, so it is finished here. */
  readonly ends: boolean;
  /** Its content began in an earlier window, so there is a part file. */
  readonly continued: boolean;
  /** It has further names, which become links to this one. */
  readonly linked: boolean;
}

export interface ItemTableShared {
  readonly offsets: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
}

const FLAGS = [
  'sparse',
  'inPlace',
  'fresh',
  'exists',
  'check',
  'kept',
  'ends',
  'continued',
  'linked',
] as const;
const LENGTH_MAX = 2 ** 31;

export function shareItems(items: readonly RestoreItem[]): ItemTableShared {
  const out = new ByteWriter(items.length * 96 + 1024);
  const offsets = new SharedArrayBuffer(items.length * 4);
  const starts = new Uint32Array(offsets);
  for (const [n, item] of items.entries()) {
    starts[n] = out.length;
    writeItem(out, item);
  }
  const bytes = new SharedArrayBuffer(out.length);
  new Uint8Array(bytes).set(out.view());
  return { offsets, bytes };
}

/** Reads single items of a shared table. */
export class ItemTable {
  readonly #offsets: Uint32Array;
  readonly #bytes: Uint8Array;

  constructor(shared: ItemTableShared) {
    this.#offsets = new Uint32Array(shared.offsets);
    this.#bytes = new Uint8Array(shared.bytes);
  }

  item(n: number): RestoreItem {
    const at = this.#offsets[n];
    assert(at !== undefined, `there is no item ${n}`);
    return readItem(new ByteReader(this.#bytes, 'an item', at));
  }
}

function writeItem(out: ByteWriter, item: RestoreItem): void {
  let flags = 0;
  for (const [bit, name] of FLAGS.entries()) if (item[name]) flags |= 1 << bit;
  out.varint(flags);
  out.u8(item.type);
  out.blob(item.path);
  out.varint(item.size);
  const { metadata } = item;
  out.varint(metadata.mode);
  out.varint(metadata.uid);
  out.varint(metadata.gid);
  out.signed(metadata.mtimeSec);
  out.varint(metadata.mtimeNs);
  out.varint(metadata.xattrs.length);
  for (const { name, value } of metadata.xattrs) {
    out.blob(name);
    out.blob(value);
  }
  out.blob(item.target);
  out.varint(item.rdevMajor);
  out.varint(item.rdevMinor);
}

function readItem(bytes: ByteReader): RestoreItem {
  const flags = bytes.varint();
  const flag = (name: (typeof FLAGS)[number]): boolean =>
    (flags & (1 << FLAGS.indexOf(name))) !== 0;
  const type = bytes.u8() as EntryType;
  const path = bytes.blob(LENGTH_MAX);
  const size = bytes.varint();
  const metadata = {
    mode: bytes.varint(),
    uid: bytes.varint(),
    gid: bytes.varint(),
    mtimeSec: bytes.signed(),
    mtimeNs: bytes.varint(),
    xattrs: readXattrs(bytes),
  };
  return {
    type,
    path,
    size,
    metadata,
    target: bytes.blob(LENGTH_MAX),
    rdevMajor: bytes.varint(),
    rdevMinor: bytes.varint(),
    sparse: flag('sparse'),
    inPlace: flag('inPlace'),
    fresh: flag('fresh'),
    exists: flag('exists'),
    check: flag('check'),
    kept: flag('kept'),
    ends: flag('ends'),
    continued: flag('continued'),
    linked: flag('linked'),
  };
}

/** Copies: system calls want memory that no other thread could change. */
function readXattrs(bytes: ByteReader): Xattr[] {
  const count = bytes.varint();
  const xattrs: Xattr[] = [];
  for (let i = 0; i < count; i++) {
    const name = Uint8Array.from(bytes.blob(LENGTH_MAX));
    xattrs.push({ name, value: Uint8Array.from(bytes.blob(LENGTH_MAX)) });
  }
  return xattrs;
}
