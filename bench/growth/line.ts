/**
 * Whether cost grows on a line: what one more item costs between one size and the next.
 * @module
 */

export interface Point {
  readonly items: number;
  readonly value: number;
}

export interface Slope {
  /** Between this many items and those of the point before. */
  readonly items: number;
  readonly perItem: number;
  /** This slope through the one before it; absent for the first, and where one of the two says nothing. */
  readonly bend?: number;
}

/** A slope this much steeper than the one before has left the line. */
export const BEND_MAX = 1.5;
/** A smaller step up is start-up and noise. */
const TELLING_GROWTH = 0.2;

/** @param points in ascending order of items */
export function slopesOf(points: readonly Point[]): Slope[] {
  const slopes: Slope[] = [];
  let telling: number | undefined;
  for (const [i, { items, value }] of points.entries()) {
    const before = points[i - 1];
    if (!before) continue;
    const perItem = (value - before.value) / (items - before.items);
    const isTelling = value - before.value > TELLING_GROWTH * before.value;
    const bend = isTelling && telling !== undefined ? perItem / telling : undefined;
    slopes.push({ items, perItem, ...(bend !== undefined && { bend }) });
    telling = isTelling ? perItem : undefined;
  }
  return slopes;
}

/** The first number of items at which cost has left the line, if any. */
export function leavesLineAt(points: readonly Point[]): number | undefined {
  return slopesOf(points).find(({ bend }) => bend !== undefined && bend > BEND_MAX)?.items;
}
