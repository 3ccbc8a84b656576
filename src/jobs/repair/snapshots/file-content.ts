/**
 * The content of one file as far as it is there: its chunk ids, with zeros in place of what is gone.
 * @module
 */
import { isDamage, isFailure } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import type { Entry } from '../../../format/entry.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { NodeSource } from '../../../vault/manifest/manifest-reader.ts';
import { IdList } from '../../backup/compute/id-list.ts';
import type { ChunkSaver } from './chunk-saver.ts';

const ID_BYTES = 32;
const ZEROS_BYTES_MAX = 4 * MiB;
const ZEROS = new Uint8Array(ZEROS_BYTES_MAX);

export interface ContentParts {
  /** Chunks that can be had. */
  readonly chunks: ChunkTable;
  /** Chunks that the index knew, also those in packs that are gone: for their lengths. */
  readonly known: ChunkTable;
  readonly source: NodeSource;
  readonly saver: ChunkSaver;
}

/** What a file has lost. */
export interface ContentState {
  readonly isWhole: boolean;
  /** All its chunks are there, and are not as many bytes as it should have. */
  readonly isMismatched: boolean;
  /** Of the whole file, with zeros for what is gone; undefined where it is not known where zeros belong. */
  readonly mended: Uint8Array | undefined;
  readonly lostBytes: number;
}

/** Neighbouring chunks that are gone. */
interface Gap {
  bytes: number;
  /** False where the length of one of them is not known. */
  isKnown: boolean;
}

/** @throws AppError `store/…`, `interrupted` */
export async function contentState(
  entry: Entry,
  parts: ContentParts,
  mends: boolean,
): Promise<ContentState> {
  const reader = new ContentReader(parts, mends);
  await reader.read(entry);
  return reader.finish(entry.size);
}

class ContentReader {
  readonly #parts: ContentParts;
  readonly #mends: boolean;
  readonly #ids = new IdList();
  #gap: Gap | undefined;
  #hasGaps = false;
  /** Where in `#ids` a gap of unknown length belongs; there can be one, as the file's size tells its length. */
  #openGapAt: number | undefined;
  #isHopeless = false;
  /** No chunk is empty: a file that names more of them than it has bytes is not read to its end. */
  #claimedBytes = 0;
  #presentBytes = 0;
  #zeroBytes = 0;

  constructor(parts: ContentParts, mends: boolean) {
    this.#parts = parts;
    this.#mends = mends;
  }

  async read({ content, contentDepth, size }: Entry): Promise<void> {
    if (contentDepth === 0) await this.#addIds(content, size);
    else {
      for (let at = 0; at < content.length && this.#claimedBytes <= size; at += ID_BYTES) {
        const list = await this.#loadList(content.subarray(at, at + ID_BYTES));
        if (list) await this.#addIds(list, size);
        else this.#lose(undefined);
      }
    }
    if (this.#claimedBytes > size) this.#isHopeless = true;
    await this.#closeGap();
  }

  async #loadList(id: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const list = await this.#parts.source.load(id);
      return list.length > 0 && list.length % ID_BYTES === 0 ? list : undefined;
    } catch (error) {
      if (isDamage(error) || isFailure(error, 'store/not-found')) return undefined;
      throw error;
    }
  }

  async #addIds(ids: Uint8Array, size: number): Promise<void> {
    const { chunks, known } = this.#parts;
    for (let at = 0; at < ids.length && this.#claimedBytes <= size; at += ID_BYTES) {
      const row = chunks.find(ids, at);
      if (row < 0) {
        const lost = known.find(ids, at);
        this.#lose(lost < 0 ? undefined : known.rawBytesOf(lost));
        continue;
      }
      if (this.#gap) await this.#closeGap();
      const bytes = chunks.rawBytesOf(row);
      this.#claimedBytes += Math.max(1, bytes);
      this.#presentBytes += bytes;
      if (this.#mends) this.#ids.addAll(ids.subarray(at, at + ID_BYTES));
    }
  }

  #lose(bytes: number | undefined): void {
    this.#hasGaps = true;
    this.#claimedBytes += Math.max(1, bytes ?? 1);
    this.#gap ??= { bytes: 0, isKnown: true };
    if (bytes === undefined) this.#gap.isKnown = false;
    else this.#gap.bytes += bytes;
  }

  async #closeGap(): Promise<void> {
    const gap = this.#gap;
    this.#gap = undefined;
    if (!gap || !this.#mends) return;
    if (gap.isKnown) {
      this.#zeroBytes += gap.bytes;
      this.#ids.addAll(await this.#zeros(gap.bytes));
    } else if (this.#openGapAt === undefined) this.#openGapAt = this.#ids.count * ID_BYTES;
    else this.#isHopeless = true;
  }

  /** Ids of chunks of zeros. */
  async #zeros(bytes: number): Promise<Uint8Array> {
    const ids = new IdList();
    for (let left = bytes; left > 0; left -= ZEROS_BYTES_MAX) {
      const zeros = ZEROS.subarray(0, Math.min(left, ZEROS_BYTES_MAX));
      ids.add(await this.#parts.saver.save('data', zeros));
    }
    return ids.take();
  }

  async finish(size: number): Promise<ContentState> {
    const lostBytes = size - this.#presentBytes;
    if (!this.#hasGaps) {
      return {
        isWhole: lostBytes === 0,
        isMismatched: lostBytes !== 0,
        mended: undefined,
        lostBytes,
      };
    }
    const mended = this.#mends && !this.#isHopeless ? await this.#mended(size) : undefined;
    return { isWhole: false, isMismatched: false, mended, lostBytes };
  }

  async #mended(size: number): Promise<Uint8Array | undefined> {
    const ids = this.#ids.take();
    const openBytes = size - this.#presentBytes - this.#zeroBytes;
    const at = this.#openGapAt;
    if (at === undefined) return openBytes === 0 ? ids : undefined;
    if (openBytes <= 0) return undefined;
    return Buffer.concat([ids.subarray(0, at), await this.#zeros(openBytes), ids.subarray(at)]);
  }
}
