/**
 * Fetches what is wanted of packs: each stretch in one request, a few packs ahead, into memory that is used again.
 * @module
 */
import { PAGE_BYTES, pageAlignedMemory } from '../../../base/page-memory.ts';
import { mapConcurrent } from '../../../base/flow.ts';
import { AppError, isDamage, isFailure } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import { HEADER_BYTES, ObjectKind } from '../../../crypto/sealed/header.ts';
import { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { segmentSpan } from '../../../crypto/sealed/sizes.ts';
import { openContext } from '../../../crypto/vault-keys.ts';
import type { ByteRange } from '../../../store/port.ts';
import { packKey } from '../../../vault/pack-key.ts';
import { PACK_SEGMENT_BYTES, fetchStart, planStart } from '../../../vault/pack/pack-start.ts';
import { PlainStretch } from '../../../vault/pack/plain-stretch.ts';
import { trustingCopies } from '../../../vault/sealed-file.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { PruneIndex } from '../prune-index.ts';

/** One is moved while the others come. */
const PACKS_AT_ONCE = 3;
/** For packs larger than usual, fewer at once. */
const MEMORY_BYTES = 64 * MiB;
/** A gap of unneeded bytes up to this is read along, rather than asked for twice. */
const GAP_BYTES_MAX = MiB;
/** A store may want to begin and end on pages: so much more than the packs themselves, for each stretch. */
const SLACK_BYTES = 2 * PAGE_BYTES;

export interface PackFeedParts {
  readonly vault: Vault;
  readonly index: PruneIndex;
  /** Rows of the chunks that are wanted of a pack, by their offsets. */
  readonly rowsOf: (pack: number) => Uint32Array;
  readonly signal: AbortSignal;
}

/** Neighbours that are read in one piece. */
export interface Stretch {
  readonly rows: Uint32Array;
  /** Opened; lent until the next pack is asked for. */
  readonly plain: PlainStretch;
}

export interface FetchedPack {
  /** Its number. */
  readonly pack: number;
  readonly bytesFetched: number;
  /** All that is wanted, or why it cannot be had. */
  readonly stretches: readonly Stretch[] | AppError;
}

/**
 * Those packs, in their order.
 * @throws AppError `store/…` (not where a pack is gone or damaged), `interrupted`
 */
export async function* fetchPacks(
  parts: PackFeedParts,
  packs: readonly number[],
): AsyncGenerator<FetchedPack> {
  const sizes = packs.map((pack) => parts.index.packs.sealedBytesOf(pack));
  const largest = sizes.reduce((most, bytes) => Math.max(most, bytes), 1);
  const fitting = Math.floor(MEMORY_BYTES / largest);
  const atOnce = Math.min(PACKS_AT_ONCE, Math.max(2, fitting), packs.length);
  const slots = slotsFor(atOnce, largest);
  const fetch = async (pack: number) => {
    const slot = slots.pop();
    return { slot, ...(await new PackFetch(parts, pack, slot).run()) };
  };
  for await (const { slot, ...fetched } of mapConcurrent(packs, atOnce, fetch)) {
    yield fetched;
    // After a failure something may still be coming into it.
    if (slot && !(fetched.stretches instanceof AppError)) slots.push(slot);
  }
}

/** None where packs claim to be so large that memory is better taken for what really comes. */
function slotsFor(count: number, largest: number): Uint8Array[] {
  const bytes = Math.ceil(largest / PAGE_BYTES) * PAGE_BYTES + 32 * SLACK_BYTES;
  if (count * bytes > 2 * MEMORY_BYTES) return [];
  const memory = pageAlignedMemory(count * bytes);
  return Array.from({ length: count }, (_, n) => new Uint8Array(memory, n * bytes, bytes));
}

class PackFetch {
  readonly #parts: PackFeedParts;
  readonly #pack: number;
  readonly #slot: Uint8Array | undefined;
  #slotUsed = 0;
  #bytesFetched = 0;

  constructor(parts: PackFeedParts, pack: number, slot: Uint8Array | undefined) {
    this.#parts = parts;
    this.#pack = pack;
    this.#slot = slot;
  }

  async run(): Promise<FetchedPack> {
    const pack = this.#pack;
    try {
      const { store } = this.#parts.vault;
      const stretches = await trustingCopies(store, this.#key, () => this.#stretches());
      return { pack, bytesFetched: this.#bytesFetched, stretches };
    } catch (error) {
      if (!isDamage(error) && !isFailure(error, 'store/not-found')) throw error;
      return { pack, bytesFetched: this.#bytesFetched, stretches: error };
    }
  }

  async #stretches(): Promise<Stretch[]> {
    const [first, ...others] = this.#runs();
    if (!first) return [];
    const plan = planStart(first, this.#sealedBytes);
    const { header, sealed } = await fetchStart(plan, (range) => this.#get(range));
    const { vault, index } = this.#parts;
    const kind = index.packs.kindOf(this.#pack) === 'meta' ? 'metaPack' : 'dataPack';
    const expected = { kind: ObjectKind[kind], name: index.packs.idOf(this.#pack) };
    using opener = new ObjectOpener(openContext(vault.keys), header, expected, this.#sealedBytes);
    const { segmentBytes } = opener.header;
    if (segmentBytes !== PACK_SEGMENT_BYTES) return [await this.#whole(opener)];
    const stretches = [opened(first.rows, opener, plan.firstSegment, sealed)];
    for (const { rows, ...range } of others) {
      const { firstSegment, ...bytes } = segmentSpan(range, segmentBytes, this.#sealedBytes);
      stretches.push(opened(rows, opener, firstSegment, await this.#get(bytes)));
    }
    return stretches;
  }

  /** Its segments are not as long as was guessed. */
  async #whole(opener: ObjectOpener): Promise<Stretch> {
    const bytes = await this.#get({ offset: 0, length: this.#sealedBytes });
    return opened(this.#parts.rowsOf(this.#pack), opener, 0, bytes.subarray(HEADER_BYTES));
  }

  *#runs(): Generator<{ rows: Uint32Array; from: number; to: number }> {
    const { chunks } = this.#parts.index;
    const rows = this.#parts.rowsOf(this.#pack);
    for (let begin = 0; begin < rows.length;) {
      const from = chunks.offsetOf(rows[begin] ?? 0);
      let [end, to] = [begin, from];
      for (; end < rows.length; end++) {
        const row = rows[end] ?? 0;
        const at = chunks.offsetOf(row);
        if (at > to + GAP_BYTES_MAX) break;
        to = Math.max(to, at + chunks.storedBytesOf(row));
      }
      yield { rows: rows.subarray(begin, end), from, to };
      begin = end;
    }
  }

  async #get(range: ByteRange): Promise<Uint8Array> {
    const { vault, signal } = this.#parts;
    const isWhole = range.length === this.#sealedBytes;
    const into = range.length > HEADER_BYTES ? this.#memoryFor(range.length) : undefined;
    // Without a range, what keeps copies keeps all of it.
    const options = { signal, into, ...(!isWhole && { range }) };
    const bytes = await vault.store.get(this.#key, options);
    this.#bytesFetched += bytes.length;
    return bytes;
  }

  /** Never the same twice: of what failed, something may still be coming. */
  #memoryFor(length: number): Uint8Array | undefined {
    const bytes = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES + SLACK_BYTES;
    const from = this.#slotUsed;
    this.#slotUsed += bytes;
    return this.#slot?.subarray(from, from + bytes);
  }

  get #key(): string {
    const { packs } = this.#parts.index;
    return packKey(packs.kindOf(this.#pack), packs.idOf(this.#pack));
  }

  get #sealedBytes(): number {
    return this.#parts.index.packs.sealedBytesOf(this.#pack);
  }
}

/** @throws AppError `object/…` where not all of it opens */
function opened(
  rows: Uint32Array,
  opener: ObjectOpener,
  firstSegment: number,
  sealed: Uint8Array,
): Stretch {
  const plain = new PlainStretch(opener, firstSegment, sealed);
  plain.openAll();
  if (plain.loss) throw plain.loss;
  return { rows, plain };
}
