/**
 * Fetches stretches of packs, several at once within a bound on memory, and hands each to the crew.
 * @module
 */
import { AppError, isDamage, isFailure, messageOf } from '../../../base/failure.ts';
import { Semaphore, forEachConcurrent } from '../../../base/flow.ts';
import { MiB } from '../../../base/units.ts';
import { HEADER_BYTES, decodeHeader } from '../../../crypto/sealed/header.ts';
import type { VaultIndex } from '../../../vault/index/load-index.ts';
import { packKey } from '../../../vault/pack-key.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { FetchRange, PackNeeds } from '../plan/ranges.ts';
import { rangesOf } from '../plan/ranges.ts';
import type { WindowView } from '../plan/window.ts';
import type { Crew } from './crew.ts';
import type { RangeCommand, Reply } from './messages.ts';

/** Sealed bytes on their way or with a worker. */
const IN_FLIGHT_BYTES = 64 * MiB;
const GRAIN_BYTES = MiB;
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

export class Fetcher {
  readonly #context: FetcherContext;
  readonly #headers = new Map<number, Promise<Uint8Array>>();
  /** Counts MiB, so that many small stretches may be under way, or few large ones. */
  readonly #room = new ByteRoom(IN_FLIGHT_BYTES / GRAIN_BYTES);

  constructor(context: FetcherContext) {
    this.#context = context;
  }

  /**
   * Fetches all that `packs` needs and waits until it is written.
   * @throws AppError `store/…` (not where a pack is gone or damaged: then its files are),
   *   `interrupted`
   */
  async run(view: WindowView, packs: readonly PackNeeds[]): Promise<void> {
    const stretches = this.#stretches(view, packs);
    await forEachConcurrent(stretches, this.#context.requests + this.#context.crew.size, (next) =>
      this.#deliver(next),
    );
  }

  async *#stretches(
    view: WindowView,
    packs: readonly PackNeeds[],
  ): AsyncGenerator<{ range: FetchRange; header: Uint8Array | Lost }> {
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
        const range = { pack, from, to, firstSegment: 0, offset: 0, length: 0 };
        yield { range, header: { failure: error.message } };
        continue;
      }
      for (const range of ranges) yield { range, header };
    }
  }

  async #deliver(next: { range: FetchRange; header: Uint8Array | Lost }): Promise<void> {
    const { range, header } = next;
    const { crew, index, onReply } = this.#context;
    const { pack, from, to, firstSegment } = range;
    const grains = await this.#room.take(Math.ceil(range.length / GRAIN_BYTES));
    try {
      const sealed = header instanceof Uint8Array ? await this.#orLost(this.#fetch(range)) : header;
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
      onReply(await crew.run(command, isThere ? [sealed.buffer as ArrayBuffer] : []));
    } finally {
      this.#room.give(grains);
    }
  }

  async #fetch(range: FetchRange): Promise<Uint8Array> {
    const { vault, signal, onFetched } = this.#context;
    const { offset, length } = range;
    const bytes = await vault.store.get(this.#keyOf(range.pack), {
      range: { offset, length },
      signal,
    });
    onFetched(bytes.length);
    return ownMemory(bytes);
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

/** Bytes that can be handed to another thread: alone in their memory. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  const memory = bytes.buffer;
  const isAlone = memory instanceof ArrayBuffer && memory.byteLength === bytes.length;
  return isAlone ? bytes : new Uint8Array(bytes);
}

/** A semaphore whose holders take several places; one that wants more than there are takes all. */
class ByteRoom {
  readonly #limit: number;
  #free: number;
  readonly #gate = new Semaphore(1);
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
    this.#free = limit;
  }

  async take(wanted: number): Promise<number> {
    const places = Math.min(wanted, this.#limit);
    // In order: a large one is not overtaken for ever by small ones.
    return this.#gate.run(async () => {
      while (this.#free < places) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#free -= places;
      return places;
    });
  }

  give(places: number): void {
    this.#free += places;
    this.#wake?.();
    this.#wake = undefined;
  }
}
