/**
 * Compression of chunks: zstd, kept only where it pays, always with an output bound when reading.
 * @module
 */
import zlib from 'node:zlib';
import { asBuffer } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';

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

const LEVELS: Readonly<Record<Exclude<CompressionMode, 'off'>, number>> = {
  fast: 1,
  auto: 3,
  better: 9,
  max: 19,
};

/** Below this nothing is gained. */
const WORTH_TRYING_BYTES = 64;
/** Compressed form is kept when it is at most this share of the raw one. */
const KEEP_RATIO = 0.97;

export interface StoredChunk {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/**
 * Compresses one chunk, or hands it back as it is where that does not pay. Large results are the caller's
 * to release (`releaseBytes`).
 */
export function compressChunk(raw: Uint8Array, mode: CompressionMode): StoredChunk {
  if (mode === 'off' || raw.length < WORTH_TRYING_BYTES) return { codec: Codec.raw, bytes: raw };
  const packed = zlib.zstdCompressSync(asBuffer(raw), {
    chunkSize: blockBytes(raw.length + (raw.length >> 7) + 1024),
    params: { [zlib.constants.ZSTD_c_compressionLevel]: LEVELS[mode] },
  });
  if (packed.length <= raw.length * KEEP_RATIO) return { codec: Codec.zstd, bytes: packed };
  releaseBytes(packed);
  return { codec: Codec.raw, bytes: raw };
}

/**
 * Undoes `compressChunk`: exactly `rawBytes` bytes, never more memory than that.
 * @throws AppError `chunk/mismatch` where the stored form does not hold exactly that many bytes
 */
export function decompressChunk(codec: number, stored: Uint8Array, rawBytes: number): Uint8Array {
  if (rawBytes > CHUNK_BYTES_MAX) throw mismatch('it claims to be too long');
  if (codec === Codec.raw) {
    if (stored.length !== rawBytes) throw mismatch('its length is not the recorded one');
    return stored;
  }
  if (codec !== Codec.zstd) throw mismatch(`its coding ${codec} is unknown`);
  let raw: Buffer;
  try {
    raw = zlib.zstdDecompressSync(asBuffer(stored), {
      maxOutputLength: Math.max(rawBytes, 1),
      // More than will come: a block that is filled to the brim makes zlib allocate the next.
      chunkSize: blockBytes(rawBytes + 64),
    });
  } catch (cause) {
    throw mismatch('it does not decompress', cause);
  }
  if (raw.length !== rawBytes) throw mismatch('its length is not the recorded one');
  return raw;
}

/** Node cuts smaller buffers out of pools, which others use too. */
const POOLED_BYTES = 32 * 1024;

/**
 * Gives the memory of a buffer that zlib made for us back at once, instead of at some later collection:
 * until then it counts, and full collections come for it. The buffer must not be used again.
 */
export function releaseBytes(bytes: Uint8Array): void {
  const memory = bytes.buffer;
  const isPool = memory.byteLength < POOLED_BYTES || memory.byteLength === Buffer.poolSize;
  if (isPool || !(memory instanceof ArrayBuffer)) return;
  memory.transfer(0);
}

/**
 * The size of zlib's output block: room for everything at once (the default of 16 KiB makes incompressible data
 * three times as dear), and never from Buffer's pool, so that `releaseBytes` can give it back.
 */
function blockBytes(bytes: number): number {
  const size = Math.max(bytes, POOLED_BYTES + 64);
  return size === Buffer.poolSize ? size + 64 : size;
}

function mismatch(why: string, cause?: unknown): AppError {
  return new AppError('chunk/mismatch', `a chunk is damaged: ${why}`, { cause });
}
