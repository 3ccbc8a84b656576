/**
 * What bringing objects back says while it goes on.
 * @module
 */
import type { ObjectChange } from '../../vault/lock/object-history.ts';

/** One object that readers do not find as it was written. */
export interface RecoverStep {
  readonly type: 'step';
  readonly action: 'object-revived';
  /** Its key. */
  readonly subject: string;
  readonly change: ObjectChange;
  readonly message: string;
}

export interface RecoverProgress {
  readonly type: 'progress';
  readonly stage: 'objects';
  /** Objects looked at; how many there are is not known before the end. */
  readonly done: number;
}

export interface RecoverSummary {
  readonly type: 'summary';
  readonly repair: 'objects';
  readonly dryRun: boolean;
  /** Of the vault. */
  readonly objects: number;
  readonly hidden: number;
  readonly replaced: number;
  readonly revived: number;
  /** Could not be brought back. */
  readonly remaining: number;
  readonly durationMs: number;
}

export type RecoverEvent = RecoverStep | RecoverProgress | RecoverSummary;
