/**
 * What can still be had from a damaged pack: each segment that opens, and in those each chunk that is what its id
 * says. One pack at a time; its bytes are held in memory.
 * @module
 */
import { compareBytes, concatBytes } from '../../../base/bytes.ts';
import { isDamage } from '../../../base/failure.ts';
import { HEADER_BYTES, ObjectKind } from '../../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../../crypto/sealed/sizes.ts';
import type { VaultKeys } from '../../../crypto/vault-keys.ts';
import { openContext } from '../../../crypto/vault-keys.ts';
import type { StoredChunk } from '../../../format/compress.ts';
import { ChunkDecompressor } from '../../../format/compress.ts';
import type { PackDirectory } from '../../../format/pack.ts';
import { PACK_FOOTER_BYTES, decodePackFooter, decodePackTail } from '../../../format/pack.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import { reopenWithoutHeader } from './rebuild-header.ts';

/** Where a chunk should lie. The id may be a view. */
export interface ChunkRow {
  readonly id: Uint8Array;
  readonly offset: number;
  readonly codec: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

export interface SalvagedChunk {
  readonly id: Uint8Array;
  /** Verified; valid until the next chunk is asked for. */
  readonly stored: StoredChunk;
  readonly rawBytes: number;
}

export interface DamagedPackParts {
  readonly room: PackRoom;
  readonly id: string;
  /** As it came from the store, whatever its length. */
  readonly sealed: Uint8Array;
  /** Its length as the index says; undefined where no index file names it. */
  readonly sealedBytes: number | undefined;
  readonly keys: VaultKeys;
  readonly identify: (chunk: Uint8Array) => Uint8Array;
}

export class DamagedPack {
  /** Undefined where the directory cannot be read. */
  readonly directory: PackDirectory | undefined;
  /** It opens with the header that it has. */
  readonly hasHeader: boolean;
  /** Every segment opens, and nothing is missing or too much. */
  readonly isWhole: boolean;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;
  readonly #decompressor = new ChunkDecompressor();
  readonly #segments: readonly (Uint8Array | undefined)[];
  readonly #segmentBytes: number;
  readonly #plainBytes: number;

  constructor(parts: DamagedPackParts) {
    const { sealed, sealedBytes } = parts;
    this.#identify = parts.identify;
    const own = tryOpen(parts);
    using opener = own ?? openWithoutHeader(parts);
    this.#segments = opener ? openAll(opener, sealed) : [];
    this.#segmentBytes = opener?.header.segmentBytes ?? 1;
    this.#plainBytes = opener?.plainBytes ?? 0;
    this.directory = this.#readDirectory();
    const isAsLong = sealedBytes === undefined || sealedBytes === sealed.length;
    this.hasHeader = own !== undefined;
    this.isWhole = this.hasHeader && isAsLong && !this.#segments.includes(undefined);
  }

  #readDirectory(): PackDirectory | undefined {
    const end = this.#plainBytes;
    const footer = this.#plain(Math.max(0, end - PACK_FOOTER_BYTES), end);
    try {
      const layout = footer && decodePackFooter(footer, end);
      const tail = layout && this.#plain(layout.chunkBytes, end);
      return tail && decodePackTail(layout, tail);
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  }

  /** The chunk of a row, decompressed and identified once more, if it is all there. */
  chunk(row: ChunkRow): SalvagedChunk | undefined {
    const { id, offset, codec, storedBytes, rawBytes } = row;
    const stored = this.#plain(offset, offset + storedBytes);
    if (!stored) return undefined;
    try {
      const raw = this.#decompressor.decompress(codec, stored, rawBytes);
      if (compareBytes(this.#identify(raw), id) !== 0) return undefined;
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
    return { id, stored: { codec, bytes: stored } as StoredChunk, rawBytes };
  }

  /** The plaintext `[from, to)`, or `undefined` where a part of it is not to be had. */
  #plain(from: number, to: number): Uint8Array | undefined {
    if (to > this.#plainBytes || from >= to) return undefined;
    const size = this.#segmentBytes;
    const first = Math.floor(from / size);
    const segments = this.#segments.slice(first, Math.floor((to - 1) / size) + 1);
    if (segments.includes(undefined)) return undefined;
    const [only] = segments;
    const all = only && segments.length === 1 ? only : concatBytes(segments as Uint8Array[]);
    return all.subarray(from - first * size, to - first * size);
  }
}

/** Rows as the pack's own directory gives them. */
export function* rowsOfDirectory(directory: PackDirectory): Generator<ChunkRow> {
  let offset = 0;
  for (let n = 0; n < directory.count; n++) {
    const storedBytes = directory.storedBytes(n);
    const [id, codec, rawBytes] = [directory.id(n), directory.codec(n), directory.rawBytes(n)];
    yield { id, offset, codec, storedBytes, rawBytes };
    offset += storedBytes;
  }
}

function tryOpen(parts: DamagedPackParts): ObjectOpener | undefined {
  const { sealed, sealedBytes = sealed.length, keys } = parts;
  try {
    return new ObjectOpener(openContext(keys), sealed, expectedOf(parts), sealedBytes);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

function openWithoutHeader(parts: DamagedPackParts): ObjectOpener | undefined {
  const { sealed, sealedBytes = sealed.length, keys } = parts;
  if (sealed.length <= HEADER_BYTES) return undefined;
  return reopenWithoutHeader(keys, { ...expectedOf(parts), sealed, sealedBytes });
}

function expectedOf({ room, id }: DamagedPackParts) {
  return { kind: room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack, name: id };
}

function openAll(opener: ObjectOpener, sealed: Uint8Array): (Uint8Array | undefined)[] {
  const stride = opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
  return Array.from({ length: opener.segments }, (_, i) => {
    const at = HEADER_BYTES + i * stride;
    const isLast = i === opener.segments - 1;
    const end = isLast ? at + lastBytes(opener) : at + stride;
    try {
      return opener.openSegment(i, sealed.subarray(at, end));
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  });
}

function lastBytes({ plainBytes, segments, header }: ObjectOpener): number {
  return plainBytes - (segments - 1) * header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
}
