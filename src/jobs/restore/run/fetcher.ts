/**
 * Fetches stretches of packs, several at once within a bound on memory, and hands each to the crew.
 * @module
 */
import { AppError, assert, isDamage, isFailure, messageOf } from '../../../base/failure.ts';
import { forEachConcurrent } from '../../../base/flow.ts';
import { MiB } from '../../../base/units.ts';
import { HEADER_BYTES, decodeHeader } from '../../../crypto/sealed/header.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../../crypto/sealed/sizes.ts';
import type { ByteRange } from '../../../store/port.ts';
import type { VaultIndex } from '../../../vault/index/load-index.ts';
import { packKey } from '../../../vault/pack-key.ts';
import { PACK_SEGMENT_BYTES, fetchStart, planStart } from '../../../vault/pack/pack-start.ts';
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
  readonly onFetched: (bytes: number) => void;
}

/** One pack is with each of two threads while the next one comes. */
const SLOTS = 3;
/** Where packs are so few that threads would have nothing to do, each is divided. */
const HALF_BYTES = 8 * MiB;

/** What the packs of one window are fetched for. */
export interface FetchOrder {
  readonly window: number;
  readonly view: WindowView;
  readonly packs: readonly PackNeeds[];
  /** Told of what a worker has done. */
  readonly onReply: (reply: Reply) => void;
  /** Called when the last of it is with the workers. */
  readonly onSent: () => void;
}

/** An order that is carried out. */
interface Delivery extends FetchOrder {
  readonly rangeBytes: number;
  /** Needs that no worker has yet. */
  left: number;
}

/** What cannot be had. */
interface Lost {
  readonly code: string;
  readonly failure: string;
}

/** What is known of a pack once the first of it came. */
interface Start {
  readonly header: Uint8Array;
  /** The needs before this one are dealt with: none where the stretch is not there, or not as was guessed. */
  readonly to: number;
  /** Settles when what came is written. */
  readonly sent: Promise<void>;
}

export class Fetcher {
  readonly #context: FetcherContext;
  readonly #headers = new Map<number, Uint8Array>();
  readonly #atOnce: number;
  readonly #slots = new FetchSlots(RANGE_BYTES, SLOTS);

  constructor(context: FetcherContext) {
    this.#context = context;
    this.#atOnce = context.requests + context.crew.size;
  }

  /**
   * Fetches all that the packs are needed for, and waits until it is written. Another order may be given meanwhile.
   * @throws AppError `store/…` (not where a pack is gone or damaged: then its files are),
   *   `interrupted`
   */
  async run(order: FetchOrder): Promise<void> {
    const { packs } = order;
    const rangeBytes = packs.length < 2 * this.#context.crew.size ? HALF_BYTES : RANGE_BYTES;
    const left = packs.reduce((sum, { from, to }) => sum + to - from, 0);
    const delivery: Delivery = { ...order, rangeBytes, left };
    await forEachConcurrent(packs, this.#atOnce, (needs) => this.#deliverPack(delivery, needs));
  }

  async #deliverPack(delivery: Delivery, needs: PackNeeds): Promise<void> {
    const header = this.#headers.get(needs.pack);
    if (header) return this.#deliverRest(delivery, needs, header);
    const start = await this.#orLost(this.#fetchStart(delivery, needs));
    if ('failure' in start) return this.#lose(delivery, needs, start);
    const { to, sent } = start;
    sent.catch(() => undefined);
    try {
      await this.#deliverRest(delivery, { ...needs, from: to }, start.header);
    } finally {
      await sent;
    }
  }

  async #deliverRest(delivery: Delivery, needs: PackNeeds, header: Uint8Array): Promise<void> {
    const ranges = await this.#orLost(async () => this.#rangesOf(delivery, needs, header));
    if ('failure' in ranges) return this.#lose(delivery, needs, ranges);
    await forEachConcurrent(ranges, this.#atOnce, (range) =>
      this.#deliver(delivery, range, header),
    );
  }

  /**
   * Fetches the header and the first stretch.
   * @throws AppError `object/…`, `store/…`: there is no header
   */
  async #fetchStart(delivery: Delivery, needs: PackNeeds): Promise<Start> {
    const { pack } = needs;
    const [first] = this.#rangesOf(delivery, needs, undefined);
    assert(first !== undefined, 'a pack is there because something of it is needed');
    const plan = planStart(plainRangeOf(first), this.#sealedBytesOf(pack));
    const slot = await this.#slots.take(plan.length);
    const giveBack = () => this.#slots.give(slot);
    try {
      const get = (range: ByteRange) => this.#get(pack, range, slot);
      const got = await this.#orLost(fetchStart(plan, get));
      const isLost = 'failure' in got;
      const head = isLost ? await get({ offset: 0, length: HEADER_BYTES }) : got.header;
      const header = Uint8Array.from(head);
      const isAsGuessed = decodeHeader(header).segmentBytes === PACK_SEGMENT_BYTES;
      this.#keep(pack, header);
      if (isLost || !isAsGuessed) {
        giveBack();
        return { header, to: needs.from, sent: Promise.resolve() };
      }
      const stretch = { ...first, firstSegment: plan.firstSegment };
      const sent = this.#send(delivery, stretch, header, got.sealed).finally(giveBack);
      return { header, to: first.to, sent };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async #deliver(delivery: Delivery, range: FetchRange, header: Uint8Array): Promise<void> {
    const { pack, offset, length } = range;
    const slot = await this.#slots.take(length);
    let lost: Lost;
    try {
      const sealed = await this.#orLost(this.#get(pack, { offset, length }, slot));
      if (!('failure' in sealed)) return await this.#send(delivery, range, header, sealed);
      lost = sealed;
    } finally {
      this.#slots.give(slot);
    }
    const pieces =
      lost.code === 'object/truncated' ? this.#rangesOf(delivery, range, header, 0) : [];
    if (pieces.length < 2) return this.#lose(delivery, range, lost);
    // The pack was cut short. What is left of it is had in pieces.
    for (const piece of pieces) await this.#deliver(delivery, piece, header);
  }

  #rangesOf(
    { view, rangeBytes }: Delivery,
    needs: PackNeeds,
    header: Uint8Array | undefined,
    longestBytes = rangeBytes,
  ): FetchRange[] {
    const segmentBytes = header ? decodeHeader(header).segmentBytes : PACK_SEGMENT_BYTES;
    const pack = { segmentBytes, sealedBytes: this.#sealedBytesOf(needs.pack) };
    return rangesOf(needs, view, this.#context.index.chunks, pack, longestBytes);
  }

  /** Has a worker open and write what came; in shared memory, or handed over. */
  async #send(
    delivery: Delivery,
    range: FetchRange,
    header: Uint8Array,
    sealed: Uint8Array,
  ): Promise<void> {
    const own = sealed.buffer instanceof ArrayBuffer ? [sealed.buffer] : [];
    await this.#command(delivery, range, { content: { header, sealed }, failure: '' }, own);
  }

  async #lose(delivery: Delivery, needs: PackNeeds, { failure }: Lost): Promise<void> {
    const nothing = { content: undefined, failure };
    await this.#command(delivery, { ...needs, firstSegment: 0 }, nothing, []);
  }

  async #command(
    delivery: Delivery,
    { pack, from, to, firstSegment }: PackNeeds & { readonly firstSegment: number },
    what: Pick<RangeCommand, 'content' | 'failure'>,
    own: readonly ArrayBuffer[],
  ): Promise<void> {
    const { crew, index } = this.#context;
    const [room, id] = [index.packs.kindOf(pack), index.packs.idOf(pack)];
    const sealedBytes = this.#sealedBytesOf(pack);
    const place = { room, pack: id, sealedBytes, firstSegment, from, to };
    const { window } = delivery;
    const work = crew.run({ kind: 'range', window, ...place, ...what }, own);
    delivery.left -= to - from;
    if (delivery.left === 0) delivery.onSent();
    delivery.onReply(await work);
  }

  /** @returns bytes in the slot, or alone in memory of their own, so that they can be handed over */
  async #get(pack: number, range: ByteRange, { memory }: FetchSlot): Promise<Uint8Array> {
    const { vault, signal, index, onFetched } = this.#context;
    const into = range.length > HEADER_BYTES ? memory : undefined;
    const key = packKey(index.packs.kindOf(pack), index.packs.idOf(pack));
    const bytes = await vault.store.get(key, { range, signal, into });
    onFetched(bytes.length);
    return into && bytes.buffer === into.buffer ? bytes : ownMemory(bytes);
  }

  #keep(pack: number, header: Uint8Array): void {
    this.#headers.set(pack, header);
    if (this.#headers.size <= HEADERS_KEPT) return;
    const [oldest] = this.#headers.keys();
    if (oldest !== undefined) this.#headers.delete(oldest);
  }

  #sealedBytesOf(pack: number): number {
    return this.#context.index.packs.sealedBytesOf(pack);
  }

  /**
   * What is gone or damaged is lost to the files that need it; any other failure stops the restore.
   */
  async #orLost<T extends object>(work: Promise<T> | (() => Promise<T>)): Promise<T | Lost> {
    try {
      return await (typeof work === 'function' ? work() : work);
    } catch (error) {
      if (isDamage(error) || isFailure(error, 'store/not-found', 'store/rejected')) {
        const code = error instanceof AppError ? error.code : '';
        return { code, failure: messageOf(error) };
      }
      throw error;
    }
  }
}

/** The plaintext of whole segments, of the usual length. */
function plainRangeOf({ firstSegment, length }: FetchRange) {
  const stride = PACK_SEGMENT_BYTES + SEGMENT_OVERHEAD_BYTES;
  const segments = Math.ceil(length / stride);
  const from = firstSegment * PACK_SEGMENT_BYTES;
  return { from, to: from + segments * PACK_SEGMENT_BYTES };
}

/** Bytes that can be handed to another thread: alone in their memory. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  const memory = bytes.buffer;
  const isAlone = memory instanceof ArrayBuffer && memory.byteLength === bytes.length;
  return isAlone ? bytes : new Uint8Array(bytes);
}
