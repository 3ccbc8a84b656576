/**
 * What `tag` says while it runs.
 * @module
 */
import type { Notice } from '../events.ts';

export interface TaggedReport {
  readonly type: 'tagged';
  /** The snapshot as it was, which is forgotten now. */
  readonly id: string;
  /** The one in its place; absent in a dry run. */
  readonly newId?: string;
  readonly host: string;
  readonly timeMs: number;
  readonly before: readonly string[];
  readonly tags: readonly string[];
}

export interface TagSummary {
  readonly type: 'summary';
  readonly dryRun: boolean;
  readonly changed: number;
  /** They had the tags, or had not, as it was asked for. */
  readonly unchanged: number;
  readonly durationMs: number;
}

export type TagEvent = Notice | TaggedReport | TagSummary;
