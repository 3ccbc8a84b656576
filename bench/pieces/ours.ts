/**
 * Our own steps, each alone, through the project's own modules.
 * @module
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { MiB } from '../../src/base/units.ts';
import { cutRegion } from '../../src/chunker/cut.ts';
import { cutParametersFor, SCAN_BUFFER_BYTES } from '../../src/chunker/parameters.ts';
import { BoundaryScanner } from '../../src/chunker/scanner.ts';
import { createChunkIdentifier } from '../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../src/crypto/derive.ts';
import { ObjectKind } from '../../src/crypto/sealed/header.ts';
import { ObjectOpener } from '../../src/crypto/sealed/open.ts';
import { asSealedBytes, ObjectSealer, sealObject } from '../../src/crypto/sealed/seal.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../src/crypto/sealed/sizes.ts';
import { openContext, sealContext } from '../../src/crypto/vault-keys.ts';
import { readFully } from '../../src/files/read/read-fully.ts';
import { ChunkCompressor, ChunkDecompressor } from '../../src/format/compress.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { PackSlots } from '../../src/vault/pack/pack-slots.ts';
import type { FinishedPack } from '../../src/vault/pack/pack-writer.ts';
import { PackWriter, slotBytesFor } from '../../src/vault/pack/pack-writer.ts';
import { packKey } from '../../src/vault/pack-key.ts';
import type { Content } from './inputs.ts';
import { benchKeys, chunksOf, drawBytes } from './inputs.ts';
import type { Rate } from './meter.ts';
import { meter } from './meter.ts';

const PACK_BYTES = 32 * MiB;
/** How much of a file the steps after the chunker work on, again and again. */
const SAMPLE_BYTES = 128 * MiB;

const keys = benchKeys();
const dedup = deriveDedupKeys(keys.dedupKey);

function createScanner(): BoundaryScanner {
  const copy = (secret: typeof dedup.gearTable) => secret.use((bytes) => Uint8Array.from(bytes));
  const scannerKeys = { gearTable: copy(dedup.gearTable), boundary: copy(dedup.boundary) };
  return new BoundaryScanner(scannerKeys, SCAN_BUFFER_BYTES);
}

/** Reads a cached file as the chunker does, a quarter of a MiB at a time. */
export function meterRead({ name, file, bytes }: Content): Promise<Rate> {
  const { buffer } = createScanner();
  return meter(`read, ${name}`, bytes, () => {
    const fd = openSync(file, 'r');
    const step = 256 * 1024;
    for (let at = 0; at < bytes; at += step) {
      const into = at % (buffer.length - (buffer.length % step));
      readFully(fd, buffer.subarray(into, into + step), at);
    }
    closeSync(fd);
  });
}

/** Cuts what lies in memory already: nothing is read in between. */
export function meterCut(content: Content): Promise<Rate> {
  const scanner = createScanner();
  for (const [i, chunk] of chunksOf(content, SCAN_BUFFER_BYTES).entries()) {
    scanner.buffer.set(chunk, i * chunk.length);
  }
  const { bytes } = content;
  const region = { start: 0, end: Infinity, parameters: cutParametersFor(bytes) };
  const read = (target: Uint8Array, position: number) => Math.min(target.length, bytes - position);
  return meter(`chunker, ${content.name}`, bytes, () => {
    cutRegion(scanner, read, region, () => undefined);
  });
}

export function meterIds(content: Content): Promise<Rate> {
  const identify = createChunkIdentifier(dedup.chunkId);
  const chunks = chunksOf(content, SAMPLE_BYTES);
  return meter('chunk ids (HMAC-SHA-256)', bytesIn(chunks), () => {
    for (const chunk of chunks) identify(chunk);
  });
}

export function meterCompress(content: Content): Promise<Rate> {
  const chunks = chunksOf(content, SAMPLE_BYTES);
  const compressor = new ChunkCompressor('auto');
  return meter(`zstd, ${content.name}`, bytesIn(chunks), () => {
    for (const chunk of chunks) compressor.compress(chunk);
  });
}

/** Back again; `undefined` where nothing was compressed. */
export async function meterDecompress(content: Content): Promise<Rate | undefined> {
  const compressor = new ChunkCompressor('auto');
  const chunks = chunksOf(content, SAMPLE_BYTES);
  const stored = chunks.map((chunk) => {
    const { codec, bytes } = compressor.compress(chunk);
    return { codec, bytes: Uint8Array.from(bytes), rawBytes: chunk.length };
  });
  if (stored.every(({ codec }) => codec === 0)) return undefined;
  const decompressor = new ChunkDecompressor();
  return meter(`zstd back, ${content.name}`, bytesIn(chunks), () => {
    for (const { codec, bytes, rawBytes } of stored) {
      decompressor.decompress(codec, bytes, rawBytes);
    }
  });
}

/** Seals segments into shared memory, each opened again and compared. */
export function meterSeal(content: Content): Promise<Rate> {
  const segments = chunksOf(content, SAMPLE_BYTES);
  const out = PackSlots.create(1, 2 * MiB).bytes(0);
  return meter('seal and verify', bytesIn(segments), () => {
    const context = sealContext(keys, drawBytes);
    const sealer = new ObjectSealer(context, ObjectKind.dataPack, MiB);
    for (const segment of segments) sealer.sealSegment(segment, false, out, 0);
  });
}

export function meterOpen(content: Content): Promise<Rate> {
  const plain = Buffer.concat(chunksOf(content, 32 * MiB));
  const { name, bytes } = sealObject(sealContext(keys, drawBytes), ObjectKind.dataPack, plain);
  const expected = { kind: ObjectKind.dataPack, name };
  return meter('open', plain.length * 4, () => {
    for (let round = 0; round < 4; round++) {
      const opener = new ObjectOpener(openContext(keys), bytes, expected, bytes.length);
      const stride = opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
      for (let i = 0; i < opener.segments; i++) {
        opener.openSegment(i, bytes.subarray(96 + i * stride, 96 + (i + 1) * stride));
      }
    }
  });
}

/** The whole pack writer: compress, check, seal, check, directory, padding. */
export function meterPack(content: Content): Promise<Rate> {
  const chunks = chunksOf(content, SAMPLE_BYTES);
  const { writer } = createPackWriter((slots, { slot }) => slots.release(slot));
  let count = 0;
  return meter(`pack writer, ${content.name}`, bytesIn(chunks), () => {
    for (const chunk of chunks) writer.add(numberedId(count++), chunk);
  });
}

/** Durable writes of whole packs into a directory, two at a time. */
export async function meterDirectoryPut(content: Content, folder: string): Promise<Rate> {
  const finished: FinishedPack[] = [];
  const { writer, slots } = createPackWriter((_, pack) => finished.push(pack));
  const chunks = chunksOf(content, 3 * PACK_BYTES);
  let next = 0;
  for (let i = 0; finished.length < 2; i++) {
    writer.add(numberedId(i), chunks[i % chunks.length] ?? new Uint8Array(0));
  }
  const place = join(folder, 'put');
  mkdirSync(place, { recursive: true });
  const store = new DirectoryStore(place);
  const put = async ({ slot, sealedBytes }: FinishedPack) => {
    const body = asSealedBytes(slots.bytes(slot).subarray(0, sealedBytes));
    const id = String(next++).padStart(32, '0');
    await store.put(packKey('data', id), body);
    await store.delete(packKey('data', id));
  };
  const bytes = finished.reduce((sum, pack) => sum + pack.sealedBytes, 0);
  return meter('directory put', 4 * bytes, async () => {
    for (let round = 0; round < 4; round++) await Promise.all(finished.map(put));
  });
}

function createPackWriter(onPack: (slots: PackSlots, pack: FinishedPack) => void) {
  const slots = PackSlots.create(4, slotBytesFor(PACK_BYTES));
  const writer = new PackWriter({
    context: sealContext(keys, drawBytes),
    kind: ObjectKind.dataPack,
    slots,
    packSizeBytes: PACK_BYTES,
    compression: 'auto',
    onPack: (pack) => onPack(slots, pack),
  });
  return { writer, slots };
}

function numberedId(number: number): Uint8Array {
  const id = Buffer.alloc(32);
  id.writeUInt32BE(number);
  return id;
}

function bytesIn(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
