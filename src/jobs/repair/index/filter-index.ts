/**
 * Takes packs, or single chunks, out of the columns of an index file.
 * @module
 */
import type { IndexColumns } from '../../../format/index-file.ts';
import { PACK_ID_BYTES } from '../../../format/index-file.ts';

const CHUNK_ID_BYTES = 32;

/**
 * @param keepsPack by the pack's number in the file; with a pack go its chunks
 * @param keepsRow asked for chunks of packs that are kept
 * @returns columns in memory of their own
 */
export function filterIndex(
  columns: IndexColumns,
  keepsPack: (number: number) => boolean,
  keepsRow: (row: number) => boolean = () => true,
): IndexColumns {
  const packs: number[] = [];
  const newNumbers = Array.from(columns.packKinds, (_, number) => {
    return keepsPack(number) ? packs.push(number) - 1 : -1;
  });
  const rows: number[] = [];
  columns.packNumbers.forEach((pack, row) => {
    if ((newNumbers[pack] ?? -1) >= 0 && keepsRow(row)) rows.push(row);
  });
  return {
    packIds: pick(columns.packIds, PACK_ID_BYTES, packs),
    packKinds: Uint8Array.from(packs, (number) => columns.packKinds[number] ?? 0),
    packSealedBytes: packs.map((number) => columns.packSealedBytes[number] ?? 0),
    chunkIds: pick(columns.chunkIds, CHUNK_ID_BYTES, rows),
    packNumbers: Uint32Array.from(rows, (row) => newNumbers[columns.packNumbers[row] ?? 0] ?? 0),
    offsets: Uint32Array.from(rows, (row) => columns.offsets[row] ?? 0),
    storedBytes: Uint32Array.from(rows, (row) => columns.storedBytes[row] ?? 0),
    rawBytes: Uint32Array.from(rows, (row) => columns.rawBytes[row] ?? 0),
    codecs: Uint8Array.from(rows, (row) => columns.codecs[row] ?? 0),
  };
}

function pick(from: Buffer, bytes: number, numbers: readonly number[]): Buffer {
  const to = Buffer.alloc(numbers.length * bytes);
  numbers.forEach((number, i) => from.copy(to, i * bytes, number * bytes, (number + 1) * bytes));
  return to;
}
