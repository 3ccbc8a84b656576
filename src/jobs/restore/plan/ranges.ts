/**
 * From the chunks a window needs to the stretches of packs that are fetched: each chunk once,
 * neighbours together, small gaps read along, whole segments only.
 * @module
 */
import { MiB } from '../../../base/units.ts';
import { sealedBytes, segmentSpan } from '../../../crypto/sealed/sizes.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import { PACK_SEGMENT_BYTES, SKIPPED_SHARE } from '../../../vault/pack/pack-start.ts';
import type { WindowView } from './window.ts';

/** A request, unless one chunk alone is longer: a pack, unless larger ones were asked for. */
export const RANGE_BYTES = sealedBytes(16 * MiB, PACK_SEGMENT_BYTES);
/** Segments between two wanted ones that are cheaper read than skipped; more, up to a share of all that comes. */
const GAP_SEGMENTS = 1;

/** Consecutive segments of one pack, and the needs they serve: `order[from..to)` of the window. */
export interface FetchRange {
  readonly pack: number;
  readonly firstSegment: number;
  readonly offset: number;
  readonly length: number;
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

/** What a range is made of as long as it grows. */
interface OpenRange {
  readonly from: number;
  readonly firstSegment: number;
  readonly offset: number;
  lastSegment: number;
  end: number;
  /** Bytes of it that nobody needs. */
  skipped: number;
}

/**
 * The stretches to fetch of one pack, in order.
 * @param rangeBytes they are no longer, but where one chunk is
 * @throws AppError `object/truncated` where the pack is too short for what the index says is in it
 */
export function rangesOf(
  needs: PackNeeds,
  view: WindowView,
  chunks: ChunkTable,
  pack: { readonly segmentBytes: number; readonly sealedBytes: number },
  rangeBytes = RANGE_BYTES,
): FetchRange[] {
  const ranges: FetchRange[] = [];
  let open: OpenRange | undefined;
  const close = (to: number): void => {
    if (!open) return;
    const { from, firstSegment, offset, end } = open;
    ranges.push({ pack: needs.pack, firstSegment, offset, length: end - offset, from, to });
  };
  for (let at = needs.from; at < needs.to; at++) {
    const row = view.rows[view.order[at] ?? 0] ?? 0;
    const from = chunks.offsetOf(row);
    const to = from + chunks.storedBytesOf(row);
    const span = segmentSpan({ from, to }, pack.segmentBytes, pack.sealedBytes);
    const { offset, firstSegment, lastSegment } = span;
    const end = offset + span.length;
    if (open && isJoined(open, { offset, firstSegment, end }, rangeBytes)) {
      open.skipped += Math.max(0, offset - open.end);
      open.lastSegment = Math.max(open.lastSegment, lastSegment);
      open.end = Math.max(open.end, end);
      continue;
    }
    close(at);
    open = { from: at, firstSegment, offset, lastSegment, end, skipped: 0 };
  }
  close(needs.to);
  return ranges;
}

/** Whether a span of segments is fetched with those before it. */
function isJoined(
  open: OpenRange,
  next: { readonly offset: number; readonly firstSegment: number; readonly end: number },
  rangeBytes: number,
): boolean {
  if (next.end <= open.end) return true;
  const length = next.end - open.offset;
  if (length > rangeBytes) return false;
  const skipped = open.skipped + Math.max(0, next.offset - open.end);
  const isNear = next.firstSegment <= open.lastSegment + 1 + GAP_SEGMENTS;
  return isNear || skipped <= length * SKIPPED_SHARE;
}
