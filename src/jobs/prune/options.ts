/**
 * What a prune can be told.
 * @module
 */
import type { PriceTable } from './plan/prices.ts';

export const GRACE_MS_DEFAULT = 24 * 60 * 60 * 1000;

/** How much of what is stored may be unused: a share of what is needed, or bytes. */
export type UnusedLimit = { readonly fraction: number } | { readonly bytes: number };

export interface PruneOptions {
  readonly signal: AbortSignal;
  /** What wrote the records: `cybs3 1.2.3`. */
  readonly program: string;
  /** How long condemned packs stay, ms. At 0 they are deleted at once. */
  readonly graceMs?: number;
  /** 5 % by default. */
  readonly maxUnused?: UnusedLimit;
  /** At most so much is moved in one run. */
  readonly maxRepackBytes?: number;
  readonly dryRun?: boolean;
  readonly prices?: PriceTable;
  /** Names of snapshots that were seen before: where one is gone without a tombstone, nothing is pruned. */
  readonly knownSnapshots?: readonly string[];
}
