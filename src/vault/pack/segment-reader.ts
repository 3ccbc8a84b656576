/**
 * Reads plaintext ranges of packs: asks the store for whole segments only, opens them, and keeps the last
 * few, since neighbours are wanted next.
 * @module
 */
import { concatBytes } from '../../base/bytes.ts';
import { HEADER_BYTES, ObjectKind } from '../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES, segmentSpan } from '../../crypto/sealed/sizes.ts';
import { openContext } from '../../crypto/vault-keys.ts';
import { named } from '../sealed-file.ts';
import { packKey } from '../pack-key.ts';
import type { PackRoom } from '../pack-key.ts';
import type { Vault } from '../vault.ts';

/** Which pack, as the index knows it. */
export interface PackAddress {
  readonly room: PackRoom;
  readonly id: string;
  readonly sealedBytes: number;
}

const OPENERS_MAX = 512;
/** A pack up to this size is fetched with its first request, header and all. */
const WHOLE_PACK_BYTES = 1024 * 1024 + 4096;

export class SegmentReader {
  readonly #vault: Vault;
  readonly #cacheBytesMax: number;
  readonly #signal: AbortSignal | undefined;
  readonly #openers = new Map<string, Promise<ObjectOpener>>();
  readonly #segments = new Map<string, Promise<Uint8Array>>();
  #cachedBytes = 0;
  /** Bytes read from the store so far. */
  bytesFetched = 0;

  constructor(vault: Vault, options: { cacheBytes: number; signal?: AbortSignal | undefined }) {
    this.#vault = vault;
    this.#cacheBytesMax = options.cacheBytes;
    this.#signal = options.signal;
  }

  /**
   * The plaintext `[from, to)` of a pack; not to be changed.
   * @throws AppError `object/…` naming the pack, `store/…`
   */
  async read(pack: PackAddress, from: number, to: number): Promise<Uint8Array> {
    const key = packKey(pack.room, pack.id);
    try {
      const opener = await this.#opener(pack, key);
      const { segmentBytes } = opener.header;
      const { firstSegment, lastSegment } = segmentSpan(
        { from, to },
        segmentBytes,
        pack.sealedBytes,
      );
      const parts: Promise<Uint8Array>[] = [];
      for (let i = firstSegment; i <= lastSegment; i++) parts.push(this.#segment(pack, opener, i));
      const plain = await Promise.all(parts);
      const all = plain.length === 1 && plain[0] ? plain[0] : concatBytes(plain);
      const start = from - firstSegment * segmentBytes;
      return all.subarray(start, start + to - from);
    } catch (error) {
      throw named(error, key);
    }
  }

  async #opener(pack: PackAddress, key: string): Promise<ObjectOpener> {
    const known = this.#openers.get(pack.id);
    if (known) return known;
    const opening = this.#openPack(pack, key);
    this.#openers.set(pack.id, opening);
    opening.catch(() => this.#openers.delete(pack.id));
    if (this.#openers.size > OPENERS_MAX) {
      const [oldest] = this.#openers.keys();
      if (oldest !== undefined) this.#openers.delete(oldest);
    }
    return opening;
  }

  async #openPack(pack: PackAddress, key: string): Promise<ObjectOpener> {
    const { sealedBytes } = pack;
    const isSmall = sealedBytes <= WHOLE_PACK_BYTES;
    const range = isSmall ? {} : { range: { offset: 0, length: HEADER_BYTES } };
    const bytes = await this.#vault.store.get(key, { ...range, signal: this.#signal });
    this.bytesFetched += bytes.length;
    const kind = pack.room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack;
    const expected = { kind, name: pack.id };
    const total = isSmall ? bytes.length : sealedBytes;
    const opener = new ObjectOpener(openContext(this.#vault.keys), bytes, expected, total);
    if (isSmall) {
      const stride = opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
      for (let i = 0; i < opener.segments; i++) {
        const at = HEADER_BYTES + i * stride;
        const plain = opener.openSegment(
          i,
          bytes.subarray(at, Math.min(at + stride, bytes.length)),
        );
        this.#remember(`${pack.id}/${i}`, Promise.resolve(plain), plain.length);
      }
    }
    return opener;
  }

  #segment(pack: PackAddress, opener: ObjectOpener, index: number): Promise<Uint8Array> {
    const name = `${pack.id}/${index}`;
    const known = this.#segments.get(name);
    if (known) {
      this.#segments.delete(name);
      this.#segments.set(name, known);
      return known;
    }
    const loading = this.#loadSegment(pack, opener, index);
    const { segmentBytes } = opener.header;
    this.#remember(name, loading, segmentBytes);
    loading.catch(() => {
      if (this.#segments.delete(name)) this.#cachedBytes -= segmentBytes;
    });
    return loading;
  }

  async #loadSegment(pack: PackAddress, opener: ObjectOpener, index: number): Promise<Uint8Array> {
    const { segmentBytes } = opener.header;
    const from = index * segmentBytes;
    const to = Math.min(from + segmentBytes, opener.plainBytes);
    const { offset, length } = segmentSpan({ from, to }, segmentBytes, pack.sealedBytes);
    const key = packKey(pack.room, pack.id);
    const range = { offset, length };
    const sealed = await this.#vault.store.get(key, { range, signal: this.#signal });
    this.bytesFetched += sealed.length;
    return opener.openSegment(index, sealed);
  }

  #remember(name: string, segment: Promise<Uint8Array>, bytes: number): void {
    this.#segments.set(name, segment);
    this.#cachedBytes += bytes;
    for (const oldest of this.#segments.keys()) {
      if (this.#cachedBytes <= this.#cacheBytesMax || oldest === name) break;
      this.#segments.delete(oldest);
      this.#cachedBytes -= bytes;
    }
  }
}
