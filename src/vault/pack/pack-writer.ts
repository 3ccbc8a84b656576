/**
 * Fills packs: chunks are compressed, checked, and sealed segment by segment into a shared slot while the
 * pack fills. Synchronous; lives in a worker thread.
 * @module
 */
import { AppError, assert } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { HEADER_BYTES } from '../../crypto/sealed/header.ts';
import type { ObjectKind } from '../../crypto/sealed/header.ts';
import type { SealContext } from '../../crypto/sealed/seal.ts';
import { ObjectSealer } from '../../crypto/sealed/seal.ts';
import { sealedBytes, segmentBytesFor } from '../../crypto/sealed/sizes.ts';
import type { CompressionMode, StoredChunk } from '../../format/compress.ts';
import { ChunkCompressor, ChunkDecompressor, Codec } from '../../format/compress.ts';
import { PackDirectoryWriter, encodePackTail, packPlainBytes } from '../../format/pack.ts';
import type { PackSlots } from './pack-slots.ts';

/** A pack that is sealed and waits in its slot to be sent. */
export interface FinishedPack {
  readonly slot: number;
  /** Its name in the store: 32 hex digits. */
  readonly id: string;
  readonly sealedBytes: number;
  /** Rows of the pack's directory, in memory of their own. */
  readonly directory: Uint8Array<ArrayBuffer>;
}

export interface PackWriterOptions {
  readonly context: SealContext;
  readonly kind: ObjectKind;
  readonly slots: PackSlots;
  /** Plaintext bytes of a full pack: a power of two. */
  readonly packSizeBytes: number;
  readonly compression: CompressionMode;
  readonly onPack: (pack: FinishedPack) => void;
}

/** Bytes a slot must have for packs of that plaintext size. */
export function slotBytesFor(packSizeBytes: number): number {
  const bytes = sealedBytes(packSizeBytes, segmentBytesFor(undefined));
  // Slots start on page boundaries, so that copies into them are aligned.
  return Math.ceil(bytes / 4096) * 4096;
}

interface OpenPack {
  readonly slot: number;
  readonly out: Uint8Array;
  readonly sealer: ObjectSealer;
  /** Bytes of `out` written. */
  at: number;
  chunkBytes: number;
}

/** The length of a pack is not known when its first segment is sealed. */
const SEGMENT_BYTES = segmentBytesFor(undefined);

export class PackWriter {
  readonly #options: PackWriterOptions;
  readonly #compressor: ChunkCompressor;
  readonly #decompressor = new ChunkDecompressor();
  readonly #directory = new PackDirectoryWriter();
  readonly #segment = Buffer.allocUnsafeSlow(MiB);
  #filled = 0;
  #pack: OpenPack | undefined;

  constructor(options: PackWriterOptions) {
    assert(SEGMENT_BYTES === this.#segment.length, 'packs have segments of 1 MiB');
    this.#options = options;
    this.#compressor = new ChunkCompressor(options.compression);
  }

  /**
   * Adds one chunk; `raw` may change as soon as this returns.
   * @returns bytes it takes in the pack
   * @throws AppError `self-check` where what was compressed or sealed does not read back as `raw`
   */
  add(id: Uint8Array, raw: Uint8Array): number {
    const stored = this.#compressor.compress(raw);
    this.#verify(stored, raw);
    this.addStored(id, stored, raw.length);
    return stored.bytes.length;
  }

  /** Adds a chunk in its stored form, which the caller has verified; it may change as soon as this returns. */
  addStored(id: Uint8Array, { codec, bytes }: StoredChunk, rawBytes: number): void {
    const pack = this.#packWithRoomFor(bytes.length);
    this.#write(pack, bytes);
    pack.chunkBytes += bytes.length;
    this.#directory.add(id, codec, bytes.length, rawBytes);
  }

  /** Closes the pack that is open, if any. */
  flush(): void {
    if (this.#pack) this.#close(this.#pack);
  }

  #packWithRoomFor(size: number): OpenPack {
    const open = this.#pack;
    if (open) {
      const plain = packPlainBytes(open.chunkBytes + size, this.#directory.count + 1);
      if (plain <= this.#options.packSizeBytes) return open;
      this.#close(open);
    }
    assert(packPlainBytes(size, 1) <= this.#options.packSizeBytes, 'a chunk fits a pack');
    const { context, kind, slots } = this.#options;
    const slot = slots.acquire();
    const out = slots.bytes(slot);
    const sealer = new ObjectSealer(context, kind, SEGMENT_BYTES);
    out.set(sealer.header, 0);
    this.#pack = { slot, out, sealer, at: HEADER_BYTES, chunkBytes: 0 };
    return this.#pack;
  }

  /** Copies bytes into the segment being filled, sealing it each time it is full. */
  #write(pack: OpenPack, bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const length = Math.min(bytes.length - from, SEGMENT_BYTES - this.#filled);
      this.#segment.set(bytes.subarray(from, from + length), this.#filled);
      this.#filled += length;
      from += length;
      if (this.#filled === SEGMENT_BYTES) {
        pack.at += pack.sealer.sealSegment(this.#segment, false, pack.out, pack.at);
        this.#filled = 0;
      }
    }
  }

  #close(pack: OpenPack): void {
    const directory = this.#directory.take();
    this.#write(pack, encodePackTail(pack.chunkBytes, directory));
    const last = this.#segment.subarray(0, this.#filled);
    pack.at += pack.sealer.sealSegment(last, true, pack.out, pack.at);
    this.#filled = 0;
    this.#pack = undefined;
    const { slot, sealer, at } = pack;
    this.#options.onPack({ slot, id: sealer.name, sealedBytes: at, directory });
  }

  /** Hardware lies: what was compressed is decompressed again and compared before it counts. */
  #verify(stored: StoredChunk, raw: Uint8Array): void {
    if (stored.codec === Codec.raw) return;
    const back = this.#decompressor.decompress(stored.codec, stored.bytes, raw.length);
    if (Buffer.compare(back, raw) === 0) return;
    const message = 'a chunk just compressed does not decompress to what went in';
    throw new AppError('self-check', message, {
      hint: 'the memory or processor of this machine is faulty: test it before you rely on it',
    });
  }
}
