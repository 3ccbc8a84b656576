/**
 * What people see of a backup.
 * @module
 */
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { BackupEvent, BackupSummary } from '../../jobs/events.ts';
import type { JobView } from './job.ts';
import { pathReportText } from './job.ts';
import { facts } from './table.ts';
import { counted, grouped, shortId } from './words.ts';

/** @param isDryRun paths are then the result; otherwise they are only for `--verbose` */
export function backupView(isDryRun: boolean): JobView<BackupEvent> {
  return {
    async show(event, out, progress) {
      switch (event.type) {
        case 'progress':
          progress.update({ ...event, current: event.currentPath, unit: 'files' });
          break;
        case 'checkpoint':
          out.detail(`cybs3: checkpoint: ${formatBytes(event.bytesStored)} are safe so far`);
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

function summaryText(summary: BackupSummary, isDryRun: boolean): string {
  const { durationMs, bytesProcessed, bytesRead, filesFailed } = summary;
  const files =
    `${grouped(summary.filesNew)} new, ${grouped(summary.filesChanged)} changed, ` +
    `${grouped(summary.filesUnmodified)} unmodified`;
  const failed = filesFailed > 0 ? `, ${grouped(filesFailed)} NOT SAVED` : '';
  const rest =
    summary.others > 0 ? `, ${counted(summary.others, 'link or other', 'links and others')}` : '';
  const rate =
    durationMs > 0 && bytesRead > 0
      ? ` (${formatBytes((1000 * bytesRead) / durationMs)}/s read)`
      : '';
  return `${headline(summary, isDryRun)}\n${facts([
    ['  files', files + failed],
    ['  folders', grouped(summary.directories) + rest],
    ['  content', `${formatBytes(bytesProcessed)}, ${formatBytes(bytesRead)} of it read`],
    ['  added', addedText(summary)],
    ['  duration', formatDuration(durationMs) + rate],
  ])}`;
}

function headline({ snapshotId, parentId }: BackupSummary, isDryRun: boolean): string {
  if (isDryRun) return 'nothing saved: this was a dry run';
  if (snapshotId === undefined) return 'nothing saved: nothing changed';
  const since = parentId === undefined ? '' : ` (what changed since ${shortId(parentId)})`;
  return `snapshot ${shortId(snapshotId)} saved${since}`;
}

function addedText({ bytesAdded, bytesStored }: BackupSummary): string {
  const ratio = bytesStored > 0 && bytesAdded > 0 ? bytesAdded / bytesStored : undefined;
  const compared = ratio === undefined ? '' : ` (ratio ${ratio.toFixed(2)})`;
  return `${formatBytes(bytesAdded)} of new data, stored in ${formatBytes(bytesStored)}${compared}`;
}
