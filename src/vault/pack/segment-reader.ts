/**
 * Reads plaintext ranges of packs: asks the store for whole segments only, opens them, and keeps the last
 * few, since neighbours are wanted next.
 * @module
 */
import { concatBytes } from '../../base/bytes.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES, segmentSpan } from '../../crypto/sealed/sizes.ts';
import { openContext } from '../../crypto/vault-keys.ts';
import type { ByteRange } from '../../store/port.ts';
import { named } from '../sealed-file.ts';
import { packKey } from '../pack-key.ts';
import type { PackRoom } from '../pack-key.ts';
import type { Vault } from '../vault.ts';
import type { PlainRange } from './pack-start.ts';
import { PACK_SEGMENT_BYTES, fetchStart, planStart } from './pack-start.ts';

/** Which pack, as the index knows it. */
export interface PackAddress {
  readonly room: PackRoom;
  readonly id: string;
  readonly sealedBytes: number;
}

const OPENERS_MAX = 512;

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
      const opener = await this.#opener(pack, key, { from, to });
      const { segmentBytes } = opener.header;
      const span = segmentSpan({ from, to }, segmentBytes, pack.sealedBytes);
      const { firstSegment, lastSegment } = span;
      const parts = this.#segmentsOf(pack, opener, firstSegment, lastSegment);
      const plain = await Promise.all(parts);
      const all = plain.length === 1 && plain[0] ? plain[0] : concatBytes(plain);
      const start = from - firstSegment * segmentBytes;
      return all.subarray(start, start + to - from);
    } catch (error) {
      throw named(error, key);
    }
  }

  async #opener(pack: PackAddress, key: string, wanted: PlainRange): Promise<ObjectOpener> {
    const known = this.#openers.get(pack.id);
    if (known) return known;
    const opening = this.#openPack(pack, key, wanted);
    this.#openers.set(pack.id, opening);
    opening.catch(() => this.#openers.delete(pack.id));
    if (this.#openers.size > OPENERS_MAX) {
      const [oldest] = this.#openers.keys();
      if (oldest !== undefined) this.#openers.delete(oldest);
    }
    return opening;
  }

  /** Fetches the header, and with it the segments that are wanted first. */
  async #openPack(pack: PackAddress, key: string, wanted: PlainRange): Promise<ObjectOpener> {
    const { room, id, sealedBytes } = pack;
    const plan = planStart(wanted, sealedBytes);
    const { header, sealed } = await fetchStart(plan, (range) =>
      // Without a range, what keeps copies keeps all of it.
      this.#get(key, range.length === sealedBytes ? undefined : range),
    );
    const kind = room === 'meta' ? ObjectKind.metaPack : ObjectKind.dataPack;
    const context = openContext(this.#vault.keys);
    const isWhole = plan.length === sealedBytes;
    const total = isWhole ? header.length + sealed.length : sealedBytes;
    const opener = new ObjectOpener(context, header, { kind, name: id }, total);
    if (opener.header.segmentBytes === PACK_SEGMENT_BYTES || plan.isNear) {
      this.#openAll(pack, opener, plan.firstSegment, sealed);
    }
    return opener;
  }

  async #get(key: string, range: ByteRange | undefined): Promise<Uint8Array> {
    const signal = this.#signal;
    const bytes = await this.#vault.store.get(key, range ? { range, signal } : { signal });
    this.bytesFetched += bytes.length;
    return bytes;
  }

  /** Keeps the segments of which `sealed` has the whole. */
  #openAll(pack: PackAddress, opener: ObjectOpener, first: number, sealed: Uint8Array): void {
    const stride = opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
    for (let i = first, at = 0; i < opener.segments && at < sealed.length; i++, at += stride) {
      const isCut = i < opener.segments - 1 && at + stride > sealed.length;
      if (isCut) return;
      const plain = opener.openSegment(i, sealed.subarray(at, at + stride));
      this.#remember(`${pack.id}/${i}`, Promise.resolve(plain), plain.length);
    }
  }

  /** What is not there yet and lies together is one request. */
  #segmentsOf(
    pack: PackAddress,
    opener: ObjectOpener,
    first: number,
    last: number,
  ): Promise<Uint8Array>[] {
    const segments: Promise<Uint8Array>[] = [];
    for (let i = first; i <= last; i++) {
      const name = `${pack.id}/${i}`;
      const known = this.#segments.get(name);
      if (known) {
        this.#segments.delete(name);
        this.#segments.set(name, known);
        segments.push(known);
        continue;
      }
      let end = i;
      while (end < last && !this.#segments.has(`${pack.id}/${end + 1}`)) end++;
      segments.push(...this.#loadSegments(pack, opener, i, end));
      i = end;
    }
    return segments;
  }

  #loadSegments(
    pack: PackAddress,
    opener: ObjectOpener,
    first: number,
    last: number,
  ): Promise<Uint8Array>[] {
    const { segmentBytes } = opener.header;
    const stride = segmentBytes + SEGMENT_OVERHEAD_BYTES;
    const from = first * segmentBytes;
    const to = Math.min((last + 1) * segmentBytes, opener.plainBytes);
    const { offset, length } = segmentSpan({ from, to }, segmentBytes, pack.sealedBytes);
    const sealed = this.#get(packKey(pack.room, pack.id), { offset, length });
    return Array.from({ length: last - first + 1 }, (_, i) => {
      const name = `${pack.id}/${first + i}`;
      const loading = sealed.then((bytes) =>
        opener.openSegment(first + i, bytes.subarray(i * stride, (i + 1) * stride)),
      );
      this.#remember(name, loading, segmentBytes);
      loading.catch(() => {
        if (this.#segments.delete(name)) this.#cachedBytes -= segmentBytes;
      });
      return loading;
    });
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
