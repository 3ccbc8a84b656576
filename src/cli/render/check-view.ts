/**
 * What people see of a check.
 * @module
 */
import { countedProgress } from './progress.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { CheckEvent, CheckFinding, CheckSummary } from '../../jobs/events.ts';
import type { JobView } from './job.ts';
import { facts } from './table.ts';
import { counted, grouped, localTime } from './words.ts';

const AFFECTED_SHOWN = 5;

export const checkView: JobView<CheckEvent> = {
  async show(event, out, progress) {
    switch (event.type) {
      case 'progress':
        progress.update(countedProgress(event, event.stage === 'data' ? 'packs' : event.stage));
        break;
      case 'finding':
        out.complain(findingText(event));
        break;
      case 'summary':
        if (!out.quiet) await out.tryResult(summaryText(event));
        break;
      case 'notice':
        break;
    }
  },
};

function findingText({ severity, subject, message, affects = [] }: CheckFinding): string {
  const shown = affects.slice(0, AFFECTED_SHOWN).map((what) => `\n    needed by ${what}`);
  const more = affects.length - shown.length;
  if (more > 0) shown.push(`\n    and by ${grouped(more)} more`);
  return `cybs3: ${severity}: ${subject}: ${message}${shown.join('')}`;
}

function summaryText(summary: CheckSummary): string {
  const { errors, warnings, packsRead, uploadsSwept, verifiedSinceMs } = summary;
  const verdict =
    errors > 0
      ? `DAMAGED: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
      : `no errors found${warnings > 0 ? `, ${counted(warnings, 'warning')}` : ''}`;
  const read =
    packsRead > 0
      ? `${formatBytes(summary.bytesRead)} in ${counted(packsRead, 'pack')}`
      : 'none of the file contents (--read-data reads them)';
  return `${verdict}\n${facts([
    ['  snapshots', grouped(summary.snapshots)],
    ['  packs', `${grouped(summary.packs)}, holding ${counted(summary.chunks, 'chunk')}`],
    ['  read', read],
    ...(verifiedSinceMs !== undefined
      ? [['  verified', `every pack, since ${localTime(verifiedSinceMs)} or later`] as const]
      : []),
    ...(uploadsSwept > 0
      ? [['  cleared', counted(uploadsSwept, 'unfinished upload')] as const]
      : []),
    ['  duration', formatDuration(summary.durationMs)],
  ])}`;
}
