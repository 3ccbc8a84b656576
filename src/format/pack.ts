/**
 * The inside of a pack: stored chunks one after another, closed by a directory that says where each is.
 *
 *     plaintext = chunks || directory || zeros || footer       its whole length is a Padmé length
 *     directory = count × ( id 32 || codec u8 || stored length u32 || raw length u32 )
 *     footer    = "PACK" || version u8 = 1 || zeros 3 || chunk bytes u64 || count u32 || zeros 12
 *
 * Chunks lie in the directory's order without gaps, so their offsets follow from the stored lengths.
 * @module
 */
import { asBuffer, isAllZero } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';
import { padmeLength } from '../base/padme.ts';
import { CHUNK_BYTES_MAX } from './compress.ts';

export const PACK_FOOTER_BYTES = 32;
export const DIRECTORY_ENTRY_BYTES = 41;
const ID_BYTES = 32;
const MAGIC = 0x5041_434b;
const VERSION = 1;

/** The whole plaintext length of a pack with that many chunk bytes and chunks. */
export function packPlainBytes(chunkBytes: number, count: number): number {
  return padmeLength(chunkBytes + count * DIRECTORY_ENTRY_BYTES + PACK_FOOTER_BYTES);
}

/** A directory as rows of `DIRECTORY_ENTRY_BYTES`, read and written in place. */
export class PackDirectory {
  readonly bytes: Buffer;

  /** @param bytes a whole number of rows; kept, not copied */
  constructor(bytes: Uint8Array) {
    this.bytes = asBuffer(bytes);
  }

  get count(): number {
    return this.bytes.length / DIRECTORY_ENTRY_BYTES;
  }

  /** A view of the id in row `n`. */
  id(n: number): Uint8Array {
    const at = n * DIRECTORY_ENTRY_BYTES;
    return this.bytes.subarray(at, at + ID_BYTES);
  }

  codec(n: number): number {
    return this.bytes[n * DIRECTORY_ENTRY_BYTES + ID_BYTES] ?? 0;
  }

  storedBytes(n: number): number {
    return this.bytes.readUInt32BE(n * DIRECTORY_ENTRY_BYTES + ID_BYTES + 1);
  }

  rawBytes(n: number): number {
    return this.bytes.readUInt32BE(n * DIRECTORY_ENTRY_BYTES + ID_BYTES + 5);
  }
}

/** Collects the directory of a pack while it fills. */
export class PackDirectoryWriter {
  #bytes = Buffer.allocUnsafe(64 * DIRECTORY_ENTRY_BYTES);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(id: Uint8Array, codec: number, storedBytes: number, rawBytes: number): void {
    const at = this.#count * DIRECTORY_ENTRY_BYTES;
    if (at + DIRECTORY_ENTRY_BYTES > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(this.#bytes.length * 2);
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    this.#bytes.set(id, at);
    this.#bytes[at + ID_BYTES] = codec;
    this.#bytes.writeUInt32BE(storedBytes, at + ID_BYTES + 1);
    this.#bytes.writeUInt32BE(rawBytes, at + ID_BYTES + 5);
    this.#count++;
  }

  /** The rows so far, as a copy in memory of its own (so that it can be transferred to a thread). */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#count * DIRECTORY_ENTRY_BYTES);
    bytes.set(this.#bytes.subarray(0, bytes.length));
    this.#count = 0;
    return bytes;
  }
}

/** What follows the chunks: directory, zeros, footer. */
export function encodePackTail(chunkBytes: number, directory: Uint8Array): Uint8Array {
  const count = directory.length / DIRECTORY_ENTRY_BYTES;
  const tail = Buffer.alloc(packPlainBytes(chunkBytes, count) - chunkBytes);
  tail.set(directory, 0);
  const footer = tail.length - PACK_FOOTER_BYTES;
  tail.writeUInt32BE(MAGIC, footer);
  tail[footer + 4] = VERSION;
  tail.writeBigUInt64BE(BigInt(chunkBytes), footer + 8);
  tail.writeUInt32BE(count, footer + 16);
  return tail;
}

/** Where things are in a pack, from its footer and whole plaintext length. */
export interface PackLayout {
  readonly chunkBytes: number;
  readonly count: number;
}

/**
 * Reads the footer.
 * @param footer the last 32 bytes of the plaintext
 * @throws AppError `format/invalid` where it is none, or its numbers do not fit the length
 */
export function decodePackFooter(footer: Uint8Array, plainBytes: number): PackLayout {
  const bytes = asBuffer(footer);
  if (bytes.length !== PACK_FOOTER_BYTES || bytes.readUInt32BE(0) !== MAGIC)
    throw invalid('footer');
  if (bytes[4] !== VERSION) throw invalid('version');
  const chunkBytes = Number(bytes.readBigUInt64BE(8));
  const count = bytes.readUInt32BE(16);
  if (!isAllZero(bytes.subarray(5, 8)) || !isAllZero(bytes.subarray(20))) throw invalid('footer');
  if (packPlainBytes(chunkBytes, count) !== plainBytes) throw invalid('length');
  return { chunkBytes, count };
}

/**
 * Reads the directory and checks the padding behind it.
 * @param tail the plaintext from the end of the chunks to the end of the pack
 * @throws AppError `format/invalid`
 */
export function decodePackTail(layout: PackLayout, tail: Uint8Array): PackDirectory {
  const bytes = asBuffer(tail);
  const end = layout.count * DIRECTORY_ENTRY_BYTES;
  if (end + PACK_FOOTER_BYTES > bytes.length) throw invalid('directory');
  if (!isAllZero(bytes.subarray(end, bytes.length - PACK_FOOTER_BYTES))) throw invalid('padding');
  const directory = new PackDirectory(bytes.subarray(0, end));
  let total = 0;
  for (let n = 0; n < layout.count; n++) {
    total += directory.storedBytes(n);
    if (directory.rawBytes(n) > CHUNK_BYTES_MAX) throw invalid('directory');
  }
  if (total !== layout.chunkBytes) throw invalid('directory');
  return directory;
}

function invalid(part: string): AppError {
  return new AppError('format/invalid', `a pack is damaged: its ${part} is not as written`);
}
