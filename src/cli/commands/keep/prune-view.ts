/**
 * What people see of a prune.
 * @module
 */
import { countedProgress } from '../../render/progress.ts';
import { formatBytes, formatDuration } from '../../../base/units.ts';
import type {
  PackCount,
  PruneCost,
  PruneEvent,
  PrunePlanReport,
  PruneSummary,
} from '../../../jobs/prune/events.ts';
import type { JobView } from '../../render/job.ts';
import { facts } from '../../render/table.ts';
import { counted, grouped } from '../../render/words.ts';

const UNITS = {
  list: 'listings',
  snapshots: 'snapshots',
  repack: 'packs moved',
  index: 'index files',
  delete: 'packs deleted',
} as const;

export function pruneView(isDryRun: boolean): JobView<PruneEvent> {
  return {
    async show(event, out, progress) {
      switch (event.type) {
        case 'progress':
          progress.update(countedProgress(event, UNITS[event.stage]));
          break;
        case 'plan':
          if (isDryRun || event.cost || out.verbose) await out.tryResult(planText(event));
          break;
        case 'summary':
          if (!out.quiet) await out.tryResult(summaryText(event));
          break;
        case 'notice':
          break;
      }
    },
  };
}

function packsText({ packs, bytes }: PackCount): string {
  return `${formatBytes(bytes)} in ${counted(packs, 'pack')}`;
}

function planText(plan: PrunePlanReport): string {
  const { requests } = plan;
  const later = plan.condemn.bytes + plan.waiting.bytes;
  return facts([
    ['stored', packsText(plan.total)],
    ['needed', `${formatBytes(plan.neededBytes)} by ${counted(plan.snapshots, 'snapshot')}`],
    ['freed now', packsText(plan.delete)],
    ['freed after the grace', formatBytes(Math.max(0, later))],
    ['  condemned earlier', packsText(plan.waiting)],
    ['  condemned now', packsText(plan.condemn)],
    ['moved', `${formatBytes(plan.bytesMoved)} out of ${counted(plan.repack.packs, 'pack')}`],
    ['needed again', packsText(plan.pardon)],
    ['unused, and left', formatBytes(plan.unusedBytesLeft)],
    ['snapshots deleted', grouped(plan.snapshotsDeleted)],
    [
      'requests, about',
      `${grouped(requests.get)} get, ${grouped(requests.put)} put, ` +
        `${grouped(requests.list)} list, ${grouped(requests.delete)} delete`,
    ],
    ...(plan.cost ? costRows(plan.cost) : []),
  ]);
}

function costRows(cost: PruneCost): (readonly [string, string])[] {
  const money = (amount: number): string => `${amount.toFixed(4)} ${cost.currency}`.trim();
  return [
    ['cost of requests', money(cost.requests)],
    ['cost of what is read', money(cost.transfer)],
    ['cost of deleting early', money(cost.earlyDeletion)],
    ['saved each month', money(cost.savedEachMonth)],
  ];
}

function summaryText(summary: PruneSummary): string {
  const { packsLocked, uploadsSwept, snapshotsDeleted } = summary;
  return facts([
    ['freed', packsText({ packs: summary.packsDeleted, bytes: summary.bytesFreed })],
    ['freed after the grace', formatBytes(summary.bytesFreedLater)],
    [
      'moved',
      `${formatBytes(summary.bytesMoved)} out of ${counted(summary.packsRepacked, 'pack')}`,
    ],
    ...(summary.packsPardoned > 0
      ? [['needed again', counted(summary.packsPardoned, 'pack')] as const]
      : []),
    ...(snapshotsDeleted > 0
      ? [['deleted', counted(snapshotsDeleted, 'forgotten snapshot')] as const]
      : []),
    ...(packsLocked > 0 ? [['held by locks', counted(packsLocked, 'pack')] as const] : []),
    ...(uploadsSwept > 0 ? [['cleared', counted(uploadsSwept, 'unfinished upload')] as const] : []),
    ['duration', formatDuration(summary.durationMs)],
  ]);
}
