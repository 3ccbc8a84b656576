/**
 * What people see of a restore.
 * @module
 */
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { RestoreEvent, RestoreSummary } from '../../jobs/events.ts';
import type { JobView } from './job.ts';
import { pathReportText } from './job.ts';
import { facts } from './table.ts';
import { counted, grouped, shortId } from './words.ts';

/** @param isDryRun paths are then the result; otherwise they are only for `--verbose` */
export function restoreView(isDryRun: boolean): JobView<RestoreEvent> {
  return {
    async show(event, out, progress) {
      switch (event.type) {
        case 'progress':
          progress.update({ ...event, current: event.currentPath, unit: 'files' });
          break;
        case 'path':
          if (isDryRun) await out.tryResult(`${pathReportText(event)}\n`);
          else out.detail(pathReportText(event));
          break;
        case 'summary':
          if (!out.quiet) await out.tryResult(summaryText(event, isDryRun));
          break;
        case 'problem':
        case 'notice':
          break;
      }
    },
  };
}

function summaryText(summary: RestoreSummary, isDryRun: boolean): string {
  const { durationMs, filesDeleted, filesFailed, bytesVerified, others } = summary;
  const id = shortId(summary.snapshotId);
  const headline = isDryRun
    ? `nothing restored: this was a dry run of ${id}`
    : `snapshot ${id} restored`;
  const restored = `${grouped(summary.filesRestored)} restored, ${grouped(summary.filesKept)} kept`;
  const deleted = filesDeleted > 0 ? `, ${grouped(filesDeleted)} deleted` : '';
  const failed = filesFailed > 0 ? `, ${grouped(filesFailed)} FAILED` : '';
  const rest = others > 0 ? `, ${counted(others, 'link or other', 'links and others')}` : '';
  const rate =
    durationMs > 0 && summary.bytesRestored > 0
      ? ` (${formatBytes((1000 * summary.bytesRestored) / durationMs)}/s)`
      : '';
  return `${headline}\n${facts([
    ['  files', restored + deleted + failed],
    ['  folders', grouped(summary.directories) + rest],
    [
      '  content',
      `${formatBytes(summary.bytesRestored)}, from ${formatBytes(summary.bytesFetched)} fetched`,
    ],
    ...(bytesVerified > 0 ? [['  verified', formatBytes(bytesVerified)] as const] : []),
    ['  duration', formatDuration(durationMs) + rate],
  ])}`;
}
