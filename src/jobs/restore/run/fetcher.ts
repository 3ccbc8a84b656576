/**
 * Fetches stretches of packs, several at once within a bound on memory, and hands each to the crew.
 * @module
 */
import { concatBytes } from '../../../base/bytes.ts';
import { copyBytes } from '../../../base/copy-bytes.ts';
import { AppError, isDamage, isFailure, messageOf } from '../../../base/failure.ts';
import { forEachConcurrent } from '../../../base/flow.ts';
import { PAGE_BYTES } from '../../../base/page-memory.ts';
import { HEADER_BYTES, decodeHeader } from '../../../crypto/sealed/header.ts';
import { releaseBytes } from '../../../format/compress.ts';
import type { ByteRange } from '../../../store/port.ts';
import type { VaultIndex } from '../../../vault/index/load-index.ts';
import { packKey } from '../../../vault/pack-key.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { FetchRange, PackNeeds } from '../plan/ranges.ts';
import { RANGE_BYTES, rangesOf } from '../plan/ranges.ts';
import type { WindowView } from '../plan/window.ts';
import type { Crew } from './crew.ts';
import type { FetchSlot } from './fetch-slots.ts';
import { FetchSlots } from './fetch-slots.ts';
import type { RangeCommand, Reply } from './messages.ts';

const HEADERS_KEPT = 4096;

export interface FetcherContext {
  readonly vault: Vault;
  readonly index: VaultIndex;
  readonly crew: Crew;
  readonly requests: number;
  readonly signal: AbortSignal | undefined;
  readonly onReply: (reply: Reply) => void;
  readonly onFetched: (bytes: number) => void;
}

type Lost = { readonly failure: string };

interface Stretch {
  readonly range: FetchRange;
  readonly header: Uint8Array | Lost;
  /** What the stretch before has of it, or `undefined` where that could not be had. */
  readonly start?: Promise<Uint8Array | undefined> | undefined;
  /** So many bytes from its end are handed to the next. */
  readonly end?:
    { readonly bytes: number; resolve(bytes: Uint8Array | undefined): void } | undefined;
}

export class Fetcher {
  readonly #context: FetcherContext;
  readonly #headers = new Map<number, Promise<Uint8Array>>();
  readonly #atOnce: number;
  readonly #slots: FetchSlots;

  constructor(context: FetcherContext) {
    this.#context = context;
    this.#atOnce = context.requests + context.crew.size;
    this.#slots = new FetchSlots(RANGE_BYTES);
  }

  /**
   * Fetches all that `packs` needs and waits until it is written.
   * @throws AppError `store/…` (not where a pack is gone or damaged: then its files are),
   *   `interrupted`
   */
  async run(view: WindowView, packs: readonly PackNeeds[]): Promise<void> {
    const stretches = this.#stretches(view, packs);
    await forEachConcurrent(stretches, this.#atOnce, (next) => this.#deliver(next));
  }

  async *#stretches(view: WindowView, packs: readonly PackNeeds[]): AsyncGenerator<Stretch> {
    const { packs: list, chunks } = this.#context.index;
    for (const [n, needs] of packs.entries()) {
      for (const ahead of packs.slice(n, n + 4)) void this.#headerOf(ahead.pack);
      const header = await this.#orLost(this.#headerOf(needs.pack));
      let ranges: FetchRange[];
      try {
        if (!(header instanceof Uint8Array)) throw new AppError('object/header', header.failure);
        const { segmentBytes } = decodeHeader(header);
        const sealedBytes = list.sealedBytesOf(needs.pack);
        ranges = rangesOf(needs, view, chunks, { segmentBytes, sealedBytes });
      } catch (error) {
        if (!isDamage(error)) throw error;
        const { pack, from, to } = needs;
        const range = { pack, from, to, firstSegment: 0, offset: 0, length: 0, shared: 0 };
        yield { range, header: { failure: error.message } };
        continue;
      }
      yield* chained(ranges, header);
    }
  }

  async #deliver(stretch: Stretch): Promise<void> {
    const { range, header, end } = stretch;
    const { crew, index, onReply } = this.#context;
    const { pack, from, to, firstSegment } = range;
    const slot = await this.#slots.take(range.length);
    try {
      const fetching =
        header instanceof Uint8Array ? this.#orLost(this.#fetch(stretch, slot)) : header;
      const sealed = await fetching;
      if (end && sealed instanceof Uint8Array) end.resolve(copyOfEnd(sealed, end.bytes));
      const isThere = sealed instanceof Uint8Array && header instanceof Uint8Array;
      const command: RangeCommand = {
        kind: 'range',
        room: index.packs.kindOf(pack),
        pack: index.packs.idOf(pack),
        sealedBytes: index.packs.sealedBytesOf(pack),
        firstSegment,
        from,
        to,
        content: isThere ? { header, sealed } : undefined,
        failure: sealed instanceof Uint8Array ? '' : sealed.failure,
      };
      const own = isThere && sealed.buffer instanceof ArrayBuffer ? [sealed.buffer] : [];
      onReply(await crew.run(command, own));
    } finally {
      end?.resolve(undefined);
      this.#slots.give(slot);
    }
  }

  /** @returns bytes in the slot, or alone in memory of their own, so that they can be handed over */
  async #fetch({ range, start }: Stretch, { memory }: FetchSlot): Promise<Uint8Array> {
    const { pack, offset, length, shared } = range;
    if (!start) return this.#get(pack, { offset, length }, memory);
    const room = Math.ceil(shared / PAGE_BYTES) * PAGE_BYTES;
    const rest = { offset: offset + shared, length: length - shared };
    const [bytes, known] = await Promise.all([
      this.#get(pack, rest, memory?.subarray(room)),
      start,
    ]);
    const first = known ?? (await this.#get(pack, { offset, length: shared }, undefined));
    if (!memory || bytes.buffer !== memory.buffer) return concatBytes([first, bytes]);
    const whole = memory
      .subarray(bytes.byteOffset - memory.byteOffset - shared)
      .subarray(0, length);
    copyBytes(first, whole, 0);
    // Otherwise full collections come for a megabyte of every stretch.
    releaseBytes(first);
    return whole;
  }

  async #get(pack: number, range: ByteRange, into: Uint8Array | undefined): Promise<Uint8Array> {
    const { vault, signal, onFetched } = this.#context;
    const bytes = await vault.store.get(this.#keyOf(pack), { range, signal, into });
    onFetched(bytes.length);
    return into && bytes.buffer === into.buffer ? bytes : ownMemory(bytes);
  }

  #headerOf(pack: number): Promise<Uint8Array> {
    const known = this.#headers.get(pack);
    if (known) return known;
    const { vault, signal, onFetched } = this.#context;
    const range = { offset: 0, length: HEADER_BYTES };
    const header = vault.store.get(this.#keyOf(pack), { range, signal }).then((bytes) => {
      onFetched(bytes.length);
      return Uint8Array.from(bytes);
    });
    header.catch(() => undefined);
    this.#headers.set(pack, header);
    if (this.#headers.size > HEADERS_KEPT) {
      const oldest = this.#headers.keys().next().value;
      if (oldest !== undefined) this.#headers.delete(oldest);
    }
    return header;
  }

  /**
   * What is gone or damaged is lost to the files that need it; any other failure stops the restore.
   */
  async #orLost(bytes: Promise<Uint8Array>): Promise<Uint8Array | Lost> {
    try {
      return await bytes;
    } catch (error) {
      if (isDamage(error) || isFailure(error, 'store/not-found', 'store/rejected')) {
        return { failure: messageOf(error) };
      }
      throw error;
    }
  }

  #keyOf(pack: number): string {
    const { packs } = this.#context.index;
    return packKey(packs.kindOf(pack), packs.idOf(pack));
  }
}

/** Each stretch gets from the one before what both have. */
function* chained(ranges: readonly FetchRange[], header: Uint8Array): Generator<Stretch> {
  let start: Promise<Uint8Array | undefined> | undefined;
  for (const [n, range] of ranges.entries()) {
    const bytes = ranges[n + 1]?.shared ?? 0;
    const end = bytes > 0 ? Promise.withResolvers<Uint8Array | undefined>() : undefined;
    yield { range, header, start, end: end && { bytes, resolve: end.resolve } };
    start = end?.promise;
  }
}

function copyOfEnd(bytes: Uint8Array, count: number): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(count);
  copyBytes(bytes.subarray(bytes.length - count), copy, 0);
  return copy;
}

/** Bytes that can be handed to another thread: alone in their memory. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  const memory = bytes.buffer;
  const isAlone = memory instanceof ArrayBuffer && memory.byteLength === bytes.length;
  return isAlone ? bytes : new Uint8Array(bytes);
}
