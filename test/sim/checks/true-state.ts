/**
 * What the store truly holds, as a reader would understand it: which chunk it would look for in which pack, and what
 * it would think forgotten. Kept as the store changes, so that every step can be judged.
 * @module
 */
import { toHex } from '../../../src/base/bytes.ts';
import { ObjectKind } from '../../../src/crypto/sealed/header.ts';
import { decodeGcRecord } from '../../../src/format/documents/gc-record.ts';
import { PACK_ID_BYTES, PackKind, decodeIndex } from '../../../src/format/index-file.ts';
import type { GcState, StoredRecord } from '../../../src/vault/gc/gc-state.ts';
import { gcStateOf } from '../../../src/vault/gc/gc-state.ts';
import { GC_PREFIX, INDEX_PREFIX, idOfKey, packKey } from '../../../src/vault/pack-key.ts';
import { openSealedFile } from '../../../src/vault/sealed-file.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { Bucket } from '../world/bucket.ts';

const ID_BYTES = 32;

interface IndexFile {
  /** Keys of its packs. */
  readonly packs: readonly string[];
  /** Key of the pack of each chunk. */
  readonly chunks: ReadonlyMap<string, string>;
}

export class TrueState {
  readonly #bucket: Bucket;
  readonly #vault: Vault;
  readonly #index = new Map<string, IndexFile>();
  readonly #records = new Map<string, StoredRecord>();
  #places: Map<string, string[]> | undefined;
  #gc: GcState | undefined;
  /** Something changed by which a snapshot can be lost. */
  isChanged = false;

  constructor(bucket: Bucket, vault: Vault) {
    this.#bucket = bucket;
    this.#vault = vault;
    bucket.onChange = (change, key) => {
      const isPut = change === 'put';
      if (key.startsWith(INDEX_PREFIX)) this.#changeIndex(key, isPut);
      else if (key.startsWith(GC_PREFIX)) this.#changeRecords(key, isPut);
      else if (!isPut) this.isChanged = true;
    };
  }

  has(key: string): boolean {
    return this.#bucket.has(key);
  }

  #changeIndex(key: string, isPut: boolean): void {
    if (isPut) this.#index.set(key, this.#readIndex(key));
    else this.#index.delete(key);
    this.#places = undefined;
    this.isChanged = true;
  }

  #changeRecords(key: string, isPut: boolean): void {
    const id = idOfKey(key);
    if (isPut) {
      const content = this.#open(key, ObjectKind.gc);
      const modifiedMs = this.#bucket.head(key)?.modifiedMs;
      this.#records.set(id, { id, modifiedMs, record: decodeGcRecord(content, key) });
    } else this.#records.delete(id);
    this.#gc = undefined;
    this.#places = undefined;
    this.isChanged = true;
  }

  #open(key: string, kind: ObjectKind): Uint8Array {
    return openSealedFile(this.#vault.keys, key, kind, this.#bucket.get(key));
  }

  #readIndex(key: string): IndexFile {
    const columns = decodeIndex(this.#open(key, ObjectKind.index));
    const packs = columns.packSealedBytes.map((_, n) => {
      const id = toHex(columns.packIds.subarray(n * PACK_ID_BYTES, (n + 1) * PACK_ID_BYTES));
      return packKey(columns.packKinds[n] === PackKind.meta ? 'meta' : 'data', id);
    });
    const chunks = new Map<string, string>();
    for (let row = 0; row < columns.codecs.length; row++) {
      const id = toHex(columns.chunkIds.subarray(row * ID_BYTES, (row + 1) * ID_BYTES));
      chunks.set(id, packs[columns.packNumbers[row] ?? 0] as string);
    }
    return { packs, chunks };
  }

  get gc(): GcState {
    return (this.#gc ??= gcStateOf([...this.#records.values()]));
  }

  /** Keys of all packs that hold a chunk, first that in which a reader looks for it. */
  placesOf(chunkId: string): readonly string[] {
    this.#places ??= this.#allPlaces();
    return this.#places.get(chunkId) ?? [];
  }

  #allPlaces(): Map<string, string[]> {
    const { condemned } = this.gc;
    const places = new Map<string, string[]>();
    for (const key of [...this.#index.keys()].sort()) {
      for (const [id, pack] of this.#index.get(key)?.chunks ?? []) {
        const known = places.get(id);
        if (known) known.push(pack);
        else places.set(id, [pack]);
      }
    }
    // What may be gone is the last resort.
    if (condemned.size === 0) return places;
    const lasts = (pack: string) => {
      const condemnation = condemned.get(idOfKey(pack));
      return condemnation ? (condemnation.dueMs ?? -Infinity) : Infinity;
    };
    for (const some of places.values()) {
      some.sort((a, b) => (lasts(a) === lasts(b) ? 0 : lasts(b) - lasts(a)));
    }
    return places;
  }

  /** Keys of all packs that index files name. */
  get indexedPacks(): Set<string> {
    return new Set([...this.#index.values()].flatMap(({ packs }) => packs));
  }

  /** Keys of all packs. */
  get storedPacks(): string[] {
    return [...this.#bucket.keys('data/'), ...this.#bucket.keys('meta/')];
  }
}
