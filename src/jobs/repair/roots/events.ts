/**
 * What mending the roots says.
 * @module
 */
import type { Notice } from '../../events.ts';
import type { RepairStep } from '../events.ts';

export interface RepairRootsSummary {
  readonly type: 'summary';
  readonly repair: 'roots';
  readonly dryRun: boolean;
  readonly objectsWritten: number;
  readonly objectsRemoved: number;
  /** Key slots that are damaged and were left. */
  readonly remaining: number;
  readonly durationMs: number;
}

export type RepairRootsEvent = Notice | RepairStep | RepairRootsSummary;
