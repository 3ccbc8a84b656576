/**
 * From the chunks a window needs to the stretches of packs that are fetched: each chunk once,
 * neighbours together, small gaps read along, whole segments only.
 * @module
 */
import { segmentSpan } from '../../../crypto/sealed/sizes.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { WindowView } from './window.ts';

/** A request, unless one chunk alone is longer. */
export const RANGE_BYTES = 8 * 1024 * 1024;
/** Segments between two wanted ones that are cheaper read than skipped. */
const GAP_SEGMENTS = 1;

/** Consecutive segments of one pack, and the needs they serve: `order[from..to)` of the window. */
export interface FetchRange {
  readonly pack: number;
  readonly firstSegment: number;
  readonly offset: number;
  readonly length: number;
  /** The range before has so much of its start at its end. */
  readonly shared: number;
  readonly from: number;
  readonly to: number;
}

/** The needs of one pack: `order[from..to)`. */
export interface PackNeeds {
  readonly pack: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Fills `view.order` with the needs that the disk does not have, by pack (in the order in which the
 * packs are first needed) and offset.
 */
export function orderNeeds(view: WindowView, chunks: ChunkTable): PackNeeds[] {
  const ranks = new Map<number, number>();
  const keys = new Float64Array(view.rows.length);
  let count = 0;
  for (let need = 0; need < view.rows.length; need++) {
    if (view.have[need] === 1 || view.failed[view.itemOf[need] ?? 0] === 1) continue;
    const row = view.rows[need] ?? 0;
    const pack = chunks.packOf(row);
    let rank = ranks.get(pack);
    if (rank === undefined) ranks.set(pack, (rank = ranks.size));
    keys[need] = rank * 2 ** 32 + chunks.offsetOf(row);
    view.order[count++] = need;
  }
  const order = view.order.subarray(0, count);
  order.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
  return groupByPack(view, order, chunks);
}

function groupByPack(view: WindowView, order: Uint32Array, chunks: ChunkTable): PackNeeds[] {
  const packs: PackNeeds[] = [];
  let from = 0;
  let pack = -1;
  for (let at = 0; at <= order.length; at++) {
    const next = at < order.length ? chunks.packOf(view.rows[order[at] ?? 0] ?? 0) : -1;
    if (next === pack) continue;
    if (pack >= 0) packs.push({ pack, from, to: at });
    [pack, from] = [next, at];
  }
  return packs;
}

/**
 * The stretches to fetch of one pack, in order.
 * @throws AppError `object/truncated` where the pack is too short for what the index says is in it
 */
export function rangesOf(
  needs: PackNeeds,
  view: WindowView,
  chunks: ChunkTable,
  pack: { readonly segmentBytes: number; readonly sealedBytes: number },
): FetchRange[] {
  const ranges: FetchRange[] = [];
  let open: { first: number; last: number; offset: number; end: number; from: number } | undefined;
  const close = (to: number): void => {
    if (!open) return;
    const { first, offset, end, from } = open;
    const shared = Math.max(0, endOf(ranges.at(-1)) - offset);
    const range = { firstSegment: first, offset, length: end - offset, shared, from, to };
    ranges.push({ pack: needs.pack, ...range });
  };
  for (let at = needs.from; at < needs.to; at++) {
    const row = view.rows[view.order[at] ?? 0] ?? 0;
    const from = chunks.offsetOf(row);
    const to = from + chunks.storedBytesOf(row);
    const span = segmentSpan({ from, to }, pack.segmentBytes, pack.sealedBytes);
    const end = span.offset + span.length;
    if (
      open &&
      span.firstSegment <= open.last + 1 + GAP_SEGMENTS &&
      (end <= open.end || end - open.offset <= RANGE_BYTES)
    ) {
      open.last = Math.max(open.last, span.lastSegment);
      open.end = Math.max(open.end, end);
      continue;
    }
    close(at);
    open = {
      first: span.firstSegment,
      last: span.lastSegment,
      offset: span.offset,
      end,
      from: at,
    };
  }
  close(needs.to);
  return ranges;
}

function endOf(range: FetchRange | undefined): number {
  return range ? range.offset + range.length : 0;
}
