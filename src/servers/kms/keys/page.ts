/**
 * Pages of a list that is ordered by a text of its items.
 * @module
 */

export interface PageWish {
  /** Only what comes after this text. */
  readonly after: string | undefined;
  /** At least 1. */
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** `after` of the next page, where there is one. */
  readonly next: string | undefined;
}

/** @param rows up to one more than `limit`, which tells that there is more */
export function pageOf<T>(rows: readonly T[], limit: number, orderOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, next: hasMore ? orderOf(last) : undefined };
}
