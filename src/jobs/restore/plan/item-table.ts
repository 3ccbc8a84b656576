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
export type ItemFlag = (typeof FLAGS)[number];
const LENGTH_MAX = 2 ** 31;

/** Collects items as bytes at once, so that no object outlives the planning of its entry. */
export class ItemTableWriter {
  readonly #out = new ByteWriter(64 * 1024);
  #offsets = new Uint32Array(1024);
  #flags = new Uint16Array(1024);
  #types = new Uint8Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(item: RestoreItem): void {
    if (this.#count === this.#offsets.length) this.#grow();
    const n = this.#count++;
    this.#offsets[n] = this.#out.length;
    this.#flags[n] = flagsOf(item);
    this.#types[n] = item.type;
    writeItem(this.#out, item);
  }

  has(n: number, flag: ItemFlag): boolean {
    return ((this.#flags[n] ?? 0) & (1 << FLAGS.indexOf(flag))) !== 0;
  }

  typeOf(n: number): EntryType {
    return this.#types[n] as EntryType;
  }

  /** Valid until the next `add`. */
  read(n: number): RestoreItem {
    return readItem(new ByteReader(this.#out.view(), 'an item', this.#offsets[n]));
  }

  share(): ItemTableShared {
    const offsets = new SharedArrayBuffer(this.#count * 4);
    new Uint32Array(offsets).set(this.#offsets.subarray(0, this.#count));
    const bytes = new SharedArrayBuffer(this.#out.length);
    new Uint8Array(bytes).set(this.#out.view());
    return { offsets, bytes };
  }

  #grow(): void {
    const length = 2 * this.#count;
    const [offsets, flags] = [new Uint32Array(length), new Uint16Array(length)];
    const types = new Uint8Array(length);
    offsets.set(this.#offsets);
    flags.set(this.#flags);
    types.set(this.#types);
    [this.#offsets, this.#flags, this.#types] = [offsets, flags, types];
  }
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

function flagsOf(item: RestoreItem): number {
  let flags = 0;
  for (const [bit, name] of FLAGS.entries()) if (item[name]) flags |= 1 << bit;
  return flags;
}

function writeItem(out: ByteWriter, item: RestoreItem): void {
  out.varint(flagsOf(item));
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
  const flag = (name: ItemFlag): boolean => (flags & (1 << FLAGS.indexOf(name))) !== 0;
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
