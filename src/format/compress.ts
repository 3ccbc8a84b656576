/**
 * Compression of chunks: zstd, kept only where it pays, always with an output bound when reading.
 * @module
 */
import zlib from 'node:zlib';
import { asBuffer } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';
import { KiB } from '../base/units.ts';
import { ZstdDecoder, ZstdEncoder } from './zstd-context.ts';

/** How a stored chunk is coded; part of the format. */
export const Codec = { raw: 0, zstd: 1 } as const;
export type Codec = (typeof Codec)[keyof typeof Codec];

/** No chunk of any kind is longer than this when raw (the largest the chunker and the manifest make). */
export const CHUNK_BYTES_MAX = 16 * 1024 * 1024;

export type CompressionMode = 'off' | 'fast' | 'auto' | 'better' | 'max';
export const COMPRESSION_MODES: readonly CompressionMode[] = [
  'off',
  'fast',
  'auto',
  'better',
  'max',
];

const { ZSTD_c_compressionLevel, ZSTD_c_hashLog, ZSTD_c_chainLog } = zlib.constants;

/** `auto` is level 3 with tables that stay in a core's own cache (decision 0012). */
const PARAMETERS: Readonly<Record<Exclude<CompressionMode, 'off'>, Record<number, number>>> = {
  fast: { [ZSTD_c_compressionLevel]: 1 },
  auto: { [ZSTD_c_compressionLevel]: 3, [ZSTD_c_hashLog]: 16, [ZSTD_c_chainLog]: 16 },
  better: { [ZSTD_c_compressionLevel]: 9 },
  max: { [ZSTD_c_compressionLevel]: 19 },
};

/** Below this nothing is gained. */
const WORTH_TRYING_BYTES = 64;
/** Compressed form is kept when it is at most this share of the raw one. */
const KEEP_RATIO = 0.97;

/** A sample is taken of chunks that are at least four times as long. */
const WORTH_SAMPLING_BYTES = 64 * KiB;
const SAMPLE_PIECES = 8;
const SAMPLE_PIECE_BYTES = 2 * KiB;
/** So small a gain in the sample would not reach `KEEP_RATIO` in the whole, but for repetitions far apart. */
const SAMPLE_GAIN_RATIO = 0.98;

export interface StoredChunk {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/**
 * Compresses the chunks that one thread comes upon, and stops trying where they come from something that does not
 * compress (photographs, films, archives): after a chunk that gained nothing, pieces of the next are tried first.
 */
export class ChunkCompressor {
  readonly #encoder: ZstdEncoder | undefined;
  readonly #sampler = new ZstdEncoder(PARAMETERS.fast);
  readonly #sample = Buffer.allocUnsafeSlow(SAMPLE_PIECES * SAMPLE_PIECE_BYTES);
  #isDoubtful = false;

  constructor(mode: CompressionMode) {
    this.#encoder = mode === 'off' ? undefined : new ZstdEncoder(PARAMETERS[mode]);
  }

  /** @returns the chunk compressed, untouched until the next call, or `raw` itself where that does not pay */
  compress(raw: Uint8Array): StoredChunk {
    const stored = this.#compressed(raw);
    // Short chunks are other files, as often as not, and cost little.
    if (raw.length >= WORTH_SAMPLING_BYTES) this.#isDoubtful = stored === undefined;
    return stored ? { codec: Codec.zstd, bytes: stored } : { codec: Codec.raw, bytes: raw };
  }

  #compressed(raw: Uint8Array): Uint8Array | undefined {
    if (!this.#encoder || raw.length < WORTH_TRYING_BYTES) return undefined;
    const isLong = raw.length >= WORTH_SAMPLING_BYTES;
    if (isLong && this.#isDoubtful && !this.#seemsToGain(raw)) return undefined;
    const packed = this.#encoder.encode(asBuffer(raw));
    return packed.length <= raw.length * KEEP_RATIO ? packed : undefined;
  }

  #seemsToGain(raw: Uint8Array): boolean {
    const step = Math.floor((raw.length - SAMPLE_PIECE_BYTES) / (SAMPLE_PIECES - 1));
    for (let i = 0; i < SAMPLE_PIECES; i++) {
      const piece = raw.subarray(i * step, i * step + SAMPLE_PIECE_BYTES);
      this.#sample.set(piece, i * SAMPLE_PIECE_BYTES);
    }
    return this.#sampler.encode(this.#sample).length <= this.#sample.length * SAMPLE_GAIN_RATIO;
  }
}

/** Compresses one chunk alone, or hands it back as it is where that does not pay. */
export function compressChunk(raw: Uint8Array, mode: CompressionMode): StoredChunk {
  return new ChunkCompressor(mode).compress(raw);
}

/** Undoes what `ChunkCompressor` did, chunk after chunk. */
export class ChunkDecompressor {
  readonly #decoder = new ZstdDecoder();

  /**
   * Exactly `rawBytes` bytes, never more memory than that.
   * @returns `stored` itself, or memory that stays as it is until the next call
   * @throws AppError `chunk/mismatch` where the stored form does not hold exactly that many bytes
   */
  decompress(codec: number, stored: Uint8Array, rawBytes: number): Uint8Array {
    if (rawBytes > CHUNK_BYTES_MAX) throw mismatch('it claims to be too long');
    if (codec === Codec.raw) {
      if (stored.length !== rawBytes) throw mismatch('its length is not the recorded one');
      return stored;
    }
    if (codec !== Codec.zstd) throw mismatch(`its coding ${codec} is unknown`);
    try {
      return this.#decoder.decode(asBuffer(stored), rawBytes);
    } catch (cause) {
      throw mismatch('it does not decompress to what was recorded', cause);
    }
  }
}

/** Undoes `compressChunk`, as `ChunkDecompressor` does, for one chunk: the memory is the caller's. */
export function decompressChunk(codec: number, stored: Uint8Array, rawBytes: number): Uint8Array {
  return new ChunkDecompressor().decompress(codec, stored, rawBytes);
}

function mismatch(why: string, cause?: unknown): AppError {
  return new AppError('chunk/mismatch', `a chunk is damaged: ${why}`, { cause });
}
