/**
 * Bytes: hex, comparison, and bounds-checked reading and writing of binary layouts.
 * @module
 */
import { AppError } from './failure.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Decodes UTF-8, or returns `undefined` where the bytes are not valid UTF-8. */
export function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A `Buffer` over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function toHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

/** Decodes lower- or upper-case hex; `undefined` for anything else, or for another length in bytes. */
export function fromHex(text: string, lengthBytes?: number): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  if (lengthBytes !== undefined && text.length !== 2 * lengthBytes) return undefined;
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const part of parts) total += part.length;
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Byte-wise order, as `memcmp`: negative, zero or positive. Not constant-time. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

const ZEROS = new Uint8Array(64 * 1024);

/** By `memcmp`: paddings are long, and a loop is slow until the engine has looked at it. */
export function isAllZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}

/** Copying so few bytes one by one is faster than asking the engine to. */
const FEW_BYTES = 48;

/** Writes a binary layout into a buffer that grows. Numbers are big-endian; varints are LEB128. */
export class ByteWriter {
  #bytes: Buffer;
  #numbers: DataView;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity);
    this.#numbers = viewOf(this.#bytes);
  }

  get length(): number {
    return this.#length;
  }

  reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed > this.#bytes.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#numbers = viewOf(grown);
  }

  u8(value: number): void {
    this.reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#numbers.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** An unsigned integer below 2^53 in eight bytes. */
  u64(value: number): void {
    this.reserve(8);
    this.#numbers.setUint32(this.#length, Math.floor(value / 2 ** 32));
    this.#numbers.setUint32(this.#length + 4, value >>> 0);
    this.#length += 8;
  }

  /** An unsigned integer below 2^64 in eight bytes. */
  bigU64(value: bigint): void {
    this.reserve(8);
    this.#numbers.setBigUint64(this.#length, value);
    this.#length += 8;
  }

  /** An unsigned integer below 2^53, seven bits a byte, low bits first. */
  varint(value: number): void {
    this.reserve(8);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    // Small enough for whole-number arithmetic, which is a good deal faster.
    let small = rest | 0;
    while (small >= 0x80) {
      bytes[at++] = (small & 0x7f) | 0x80;
      small >>>= 7;
    }
    bytes[at++] = small;
    this.#length = at;
  }

  /** A signed integer above -2^52, zigzag-coded. */
  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  raw(bytes: Uint8Array): void {
    this.rawFrom(bytes, 0);
  }

  /** What follows the first `start` bytes. */
  rawFrom(bytes: Uint8Array, start: number): void {
    const count = bytes.length - start;
    this.reserve(count);
    const out = this.#bytes;
    let at = this.#length;
    if (count > FEW_BYTES) out.set(start === 0 ? bytes : bytes.subarray(start), at);
    else for (let i = start; i < bytes.length; i++) out[at++] = bytes[i] as number;
    this.#length += count;
  }

  /** A length (varint) and that many bytes. */
  blob(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.rawFrom(bytes, 0);
  }

  reset(): void {
    this.#length = 0;
  }

  /** What was written; a view that is valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, as a copy of its own. */
  bytes(): Uint8Array {
    return new Uint8Array(this.view());
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads a binary layout; every read is bounds-checked.
 * @throws AppError `format/invalid` naming `what`, where the bytes end early or a number is too big
 */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #numbers: DataView;
  readonly #what: string;
  #at: number;

  constructor(bytes: Uint8Array, what: string, at = 0) {
    this.#bytes = asBuffer(bytes);
    this.#numbers = viewOf(bytes);
    this.#what = what;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(why: string): never {
    throw new AppError('format/invalid', `${this.#what} is damaged: ${why}`);
  }

  #take(length: number): number {
    if (length > this.left) this.fail('it ends early');
    const at = this.#at;
    this.#at += length;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  u32(): number {
    return this.#numbers.getUint32(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#numbers.getUint32(at) * 2 ** 32 + this.#numbers.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) this.fail('a number is too big');
    return value;
  }

  /** Eight bytes, whatever they say. */
  bigU64(): bigint {
    return this.#numbers.getBigUint64(this.#take(8));
  }

  varint(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 128;
    for (let i = 1; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) this.fail('a number is too big');
        return value;
      }
      scale *= 128;
    }
    return this.fail('a number is too long');
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view of the next bytes, not a copy. */
  raw(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Copies the next `length` bytes into `target`, which has room for them from `at` on. */
  copyTo(target: Uint8Array, at: number, length: number): void {
    const from = this.#take(length);
    const bytes = this.#bytes;
    if (length > FEW_BYTES) target.set(bytes.subarray(from, from + length), at);
    else for (let i = 0; i < length; i++) target[at + i] = bytes[from + i] as number;
  }

  /** Passes over `bytes` where they are what comes next, and says whether they are. */
  skipIfNext(bytes: Uint8Array): boolean {
    if (bytes.length > this.left) return false;
    const own = this.#bytes;
    for (let i = 0; i < bytes.length; i++) if (own[this.#at + i] !== bytes[i]) return false;
    this.#at += bytes.length;
    return true;
  }

  blob(maxLength: number): Buffer {
    return this.raw(this.blobLength(maxLength));
  }

  /** The length of a blob, whose bytes follow. */
  blobLength(maxLength: number): number {
    const length = this.varint();
    if (length > maxLength) this.fail('a field is too long');
    return length;
  }

  end(): void {
    if (this.left !== 0) this.fail('bytes follow its end');
  }
}
