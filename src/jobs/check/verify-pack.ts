/**
 * Verifies one whole pack: every segment opens, directory and padding are as written and agree with the index,
 * and every chunk decompresses to what its id says. Synchronous; lives in a worker thread.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { AppError, isDamage } from '../../base/failure.ts';
import { HEADER_BYTES, ObjectKind } from '../../crypto/sealed/header.ts';
import type { OpenContext } from '../../crypto/sealed/open.ts';
import { ObjectOpener } from '../../crypto/sealed/open.ts';
import type { ChunkDecompressor } from '../../format/compress.ts';
import type { PackDirectory } from '../../format/pack.ts';
import { PACK_FOOTER_BYTES, decodePackFooter, decodePackTail } from '../../format/pack.ts';
import type { ChunkTable } from '../../vault/index/chunk-table.ts';
import { PlainStretch } from '../../vault/pack/plain-stretch.ts';
import type { PackRoom } from '../../vault/pack-key.ts';
import type { PackRows } from './pack-rows.ts';

export interface PackToVerify {
  /** In the pack list. */
  readonly number: number;
  readonly room: PackRoom;
  readonly id: string;
}

export interface PackFault {
  readonly reason: 'pack-missing' | 'pack-damaged' | 'chunk-damaged' | 'index-mismatch';
  readonly message: string;
  /** Rows of the chunks in this pack that cannot be had. */
  readonly rows: readonly number[];
}

export interface PackVerifier {
  readonly context: OpenContext;
  readonly chunks: ChunkTable;
  readonly rows: PackRows;
  readonly identify: (chunk: Uint8Array) => Uint8Array;
  readonly decompressor: ChunkDecompressor;
}

/**
 * @param sealed the whole object; it is opened in its own memory, so that little else is needed
 * @returns what is wrong with it, if anything; the directory counts where all chunks are well
 */
export function verifyPack(
  verifier: PackVerifier,
  pack: PackToVerify,
  sealed: Uint8Array,
): PackFault[] {
  const rows = verifier.rows.of(pack.number);
  try {
    const opened = openSegments(verifier.context, pack, sealed);
    return contentFaults(verifier, pack.number, opened, rows);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [{ reason: 'pack-damaged', message: error.message, rows: [...rows] }];
  }
}

function contentFaults(
  verifier: PackVerifier,
  pack: number,
  opened: OpenedPack,
  rows: Uint32Array,
): PackFault[] {
  // What the index says is what a restore goes by.
  const damaged = [...rows].flatMap((row) => {
    const why = chunkFault(verifier, opened, row);
    return why === undefined ? [] : [{ row, why }];
  });
  const [first] = damaged;
  if (!first) return directoryFaults(verifier.chunks, pack, opened, rows.length);
  const message = `${damaged.length} of its chunks are damaged: ${first.why}`;
  return [{ reason: 'chunk-damaged', message, rows: damaged.map(({ row }) => row) }];
}

interface OpenedPack {
  readonly plain: PlainStretch;
  readonly plainBytes: number;
}

function openSegments(context: OpenContext, pack: PackToVerify, sealed: Uint8Array): OpenedPack {
  const kind = pack.room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack;
  using opener = new ObjectOpener(context, sealed, { kind, name: pack.id }, sealed.length);
  const plain = new PlainStretch(opener, 0, sealed.subarray(HEADER_BYTES));
  plain.openAll();
  return { plain, plainBytes: opener.plainBytes };
}

function directoryFaults(
  chunks: ChunkTable,
  pack: number,
  opened: OpenedPack,
  rows: number,
): PackFault[] {
  const directory = tryDirectory(opened);
  if (directory instanceof AppError) {
    return [{ reason: 'pack-damaged', message: directory.message, rows: [] }];
  }
  const message = compareToIndex(chunks, directory, pack, rows);
  return message === undefined ? [] : [{ reason: 'index-mismatch', message, rows: [] }];
}

function tryDirectory({ plain, plainBytes }: OpenedPack): PackDirectory | AppError {
  // Also of what no chunk of the index lies in: another place of one, padding, the end.
  if (plain.loss) return plain.loss;
  const start = Math.max(0, plainBytes - PACK_FOOTER_BYTES);
  try {
    const layout = decodePackFooter(plain.read(start, plainBytes - start), plainBytes);
    const { chunkBytes } = layout;
    return decodePackTail(layout, plain.read(chunkBytes, plainBytes - chunkBytes));
  } catch (error) {
    if (isDamage(error)) return error;
    throw error;
  }
}

/** @returns where the directory and the index contradict each other */
function compareToIndex(
  chunks: ChunkTable,
  directory: PackDirectory,
  pack: number,
  rows: number,
): string | undefined {
  let offset = 0;
  let here = 0;
  for (let n = 0; n < directory.count; n++) {
    // The same chunk may also be in another pack, and the index keeps one place. Once that pack was pruned, because
    // nobody needed the chunk, no place of it is left.
    const row = chunks.find(directory.id(n));
    if (row >= 0 && chunks.packOf(row) === pack) {
      here++;
      const isSame =
        chunks.offsetOf(row) === offset &&
        chunks.storedBytesOf(row) === directory.storedBytes(n) &&
        chunks.rawBytesOf(row) === directory.rawBytes(n) &&
        chunks.codecOf(row) === directory.codec(n);
      if (!isSame) return 'the index says otherwise where its chunks lie';
    }
    offset += directory.storedBytes(n);
  }
  return here === rows ? undefined : 'the index names chunks that are not in it';
}

/** @returns why a chunk is not what its id says */
function chunkFault(verifier: PackVerifier, opened: OpenedPack, row: number): string | undefined {
  const { chunks, identify, decompressor } = verifier;
  try {
    const stored = opened.plain.read(chunks.offsetOf(row), chunks.storedBytesOf(row));
    const raw = decompressor.decompress(chunks.codecOf(row), stored, chunks.rawBytesOf(row));
    const isSame = compareBytes(identify(raw), chunks.idOf(row)) === 0;
    return isSame ? undefined : 'its content has another id';
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
}
