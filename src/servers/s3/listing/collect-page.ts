/**
 * One page of a listing, whatever is listed: entries in order of their keys, and folders that are passed over
 * with one seek each, however many keys are in them.
 * @module
 */
import type { KeyRange } from '../catalog/catalog.ts';
import { behindAll, commonPrefixOf } from './grouping.ts';
import type { Grouping } from './grouping.ts';

export interface PageOptions<T, R extends KeyRange = KeyRange> extends Grouping {
  /** Entries and common prefixes together. */
  readonly limit: number;
  readonly start: R;
  /** Entries in order, at most `limit`; fewer only at the end. */
  readonly fetch: (from: R | KeyRange, limit: number) => readonly T[];
  /** Where what comes after this entry begins. */
  readonly after: (entry: T) => R;
}

export interface Page<T> {
  readonly entries: readonly T[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** The last of the page, in order: an entry or a common prefix. Undefined: the page is empty. */
  readonly last: { readonly entry: T } | { readonly commonPrefix: string } | undefined;
}

/** After a folder was passed nobody knows whether folders or plain keys follow: few rows are read at first. */
const FIRST_FETCH = 4;

/** Reads until the page is full or there is no more. A page of none is never truncated, as with AWS. */
export function collectPage<T extends { readonly key: string }, R extends KeyRange = KeyRange>(
  options: PageOptions<T, R>,
): Page<T> {
  const { limit } = options;
  const entries: T[] = [];
  const commonPrefixes: string[] = [];
  let last: Page<T>['last'];
  let isTruncated = false;
  if (limit > 0) {
    for (const item of walk(options)) {
      isTruncated = entries.length + commonPrefixes.length === limit;
      if (isTruncated) break;
      last = item;
      if ('entry' in item) entries.push(item.entry);
      else commonPrefixes.push(item.commonPrefix);
    }
  }
  return { entries, commonPrefixes, isTruncated, last };
}

function* walk<T extends { readonly key: string }, R extends KeyRange>(
  options: PageOptions<T, R>,
): Generator<{ readonly entry: T } | { readonly commonPrefix: string }> {
  const { prefix, fetch, limit } = options;
  const mostRows = limit + 1;
  let from: R | KeyRange = options.start;
  let rows = options.delimiter === '' ? mostRows : Math.min(FIRST_FETCH, mostRows);
  let passed: string | undefined;
  for (;;) {
    const batch = fetch(from, rows);
    for (const entry of batch) {
      if (passed !== undefined && entry.key.startsWith(passed)) continue;
      passed = commonPrefixOf(entry.key, options);
      yield passed === undefined ? { entry } : { commonPrefix: passed };
    }
    const end = batch.at(-1);
    if (end === undefined || batch.length < rows) return;
    from = passed === undefined ? options.after(end) : { prefix, fromBytes: behindAll(passed) };
    rows = passed === undefined ? Math.min(rows * 4, mostRows) : Math.min(FIRST_FETCH, mostRows);
  }
}
