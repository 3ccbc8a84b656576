/**
 * Writes index files: collects the directories of packs that are durable, and stores them as columns.
 * A pack that no index file names does not count, so an index file is written only after its packs.
 * @module
 */
import { fromHex } from '../../base/bytes.ts';
import { assert } from '../../base/failure.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import type { IndexColumns } from '../../format/index-file.ts';
import { INDEX_CHUNKS_MAX, PACK_ID_BYTES, PackKind, encodeIndex } from '../../format/index-file.ts';
import { PackDirectory } from '../../format/pack.ts';
import type { PackRoom } from '../pack-key.ts';
import { INDEX_PREFIX } from '../pack-key.ts';
import { saveSealedFile } from '../sealed-file.ts';
import type { Vault } from '../vault.ts';

/** A pack that the store has confirmed. */
export interface DurablePack {
  readonly id: string;
  readonly room: PackRoom;
  readonly sealedBytes: number;
  readonly directory: Uint8Array;
}

/** One file holds at most this many chunks; a flush writes as many files as it takes. */
const CHUNKS_PER_FILE = INDEX_CHUNKS_MAX / 2;

export class IndexWriter {
  readonly #vault: Vault;
  #packs: DurablePack[] = [];
  #chunks = 0;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Chunks that no index file names yet. */
  get pendingChunks(): number {
    return this.#chunks;
  }

  get pendingPacks(): number {
    return this.#packs.length;
  }

  add(pack: DurablePack): void {
    this.#packs.push(pack);
    this.#chunks += new PackDirectory(pack.directory).count;
  }

  /** Stores what was added since the last flush. @returns bytes sent */
  async flush(signal?: AbortSignal): Promise<number> {
    const packs = this.#packs;
    this.#packs = [];
    this.#chunks = 0;
    let sent = 0;
    for (let from = 0; from < packs.length;) {
      let to = from;
      let chunks = 0;
      do {
        chunks += new PackDirectory(packs[to]?.directory ?? new Uint8Array(0)).count;
        to++;
      } while (to < packs.length && chunks < CHUNKS_PER_FILE);
      const content = encodeIndex(columnsOf(packs.slice(from, to), chunks));
      const kind = ObjectKind.index;
      const saved = await saveSealedFile(this.#vault, INDEX_PREFIX, kind, content, signal);
      sent += saved.bytes.length;
      from = to;
    }
    return sent;
  }
}

/** The columns of an index file for those packs, rows in pack order (encoding sorts them). */
export function columnsOf(packs: readonly DurablePack[], chunks: number): IndexColumns {
  const columns = {
    packIds: Buffer.alloc(packs.length * PACK_ID_BYTES),
    packKinds: new Uint8Array(packs.length),
    packSealedBytes: packs.map((pack) => pack.sealedBytes),
    chunkIds: Buffer.alloc(chunks * 32),
    packNumbers: new Uint32Array(chunks),
    offsets: new Uint32Array(chunks),
    storedBytes: new Uint32Array(chunks),
    rawBytes: new Uint32Array(chunks),
    codecs: new Uint8Array(chunks),
  };
  let row = 0;
  for (const [number, pack] of packs.entries()) {
    const id = fromHex(pack.id, PACK_ID_BYTES);
    assert(id !== undefined, 'a pack id is 32 hex digits');
    columns.packIds.set(id, number * PACK_ID_BYTES);
    columns.packKinds[number] = pack.room === 'meta' ? PackKind.meta : PackKind.data;
    row = fillRows(columns, row, number, new PackDirectory(pack.directory));
  }
  return columns;
}

function fillRows(
  columns: IndexColumns,
  firstRow: number,
  packNumber: number,
  directory: PackDirectory,
): number {
  let offset = 0;
  let row = firstRow;
  for (let n = 0; n < directory.count; n++, row++) {
    columns.chunkIds.set(directory.id(n), row * 32);
    columns.packNumbers[row] = packNumber;
    columns.offsets[row] = offset;
    columns.storedBytes[row] = directory.storedBytes(n);
    columns.rawBytes[row] = directory.rawBytes(n);
    columns.codecs[row] = directory.codec(n);
    offset += directory.storedBytes(n);
  }
  return row;
}
