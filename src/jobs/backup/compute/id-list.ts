/**
 * The chunk ids of one file, collected in order, and their form in a manifest: themselves, or for a long list
 * the ids of list chunks that hold them.
 * @module
 */
const ID_BYTES = 32;

/** Longer lists go into list chunks, so that a manifest node stays small whatever the file's size. */
export const DIRECT_IDS_MAX = 2048;
/** A list chunk ends after an id whose first two bytes have these bits zero: one in 1024. */
const CUT_MASK = 0x03ff;
const LIST_IDS_MAX = 4096;

export class IdList {
  #bytes = new Uint8Array(64 * ID_BYTES);
  #length = 0;

  get count(): number {
    return this.#length / ID_BYTES;
  }

  add(id: Uint8Array): void {
    this.addAll(id);
  }

  addAll(ids: Uint8Array): void {
    const end = this.#length + ids.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(ids, this.#length);
    this.#length = end;
  }

  reset(): void {
    this.#length = 0;
  }

  /** The ids so far, in memory of their own. */
  take(): Uint8Array<ArrayBuffer> {
    const ids = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return ids;
  }
}

export interface FileContent {
  readonly contentDepth: 0 | 1;
  readonly content: Uint8Array;
}

/**
 * What a manifest entry says of a file with those chunk ids.
 * @param saveList saves a list chunk and returns its id
 */
export function contentOf(
  ids: Uint8Array,
  saveList: (list: Uint8Array) => Uint8Array,
): FileContent {
  if (ids.length <= DIRECT_IDS_MAX * ID_BYTES) return { contentDepth: 0, content: ids };
  const lists = new IdList();
  let from = 0;
  for (let at = 0; at < ids.length; at += ID_BYTES) {
    const next = at + ID_BYTES;
    const isCut = ((((ids[at] ?? 0) << 8) | (ids[at + 1] ?? 0)) & CUT_MASK) === 0;
    if (!isCut && next - from < LIST_IDS_MAX * ID_BYTES && next < ids.length) continue;
    lists.add(saveList(ids.subarray(from, next)));
    from = next;
  }
  return { contentDepth: 1, content: lists.take() };
}
