/**
 * What people see of a drill.
 * @module
 */
import { formatBytes, formatDuration } from '../../../../base/units.ts';
import { printable } from '../../../../files/path.ts';
import type { DrillEvent, DrillSummary, DrilledFileReport } from '../../../../jobs/drill/events.ts';
import type { JobView } from '../../../render/job.ts';
import { facts } from '../../../render/table.ts';
import { grouped, localTime, shortId } from '../../../render/words.ts';

export const drillView: JobView<DrillEvent> = {
  async show(event, out, progress) {
    switch (event.type) {
      case 'progress':
        progress.update({ ...event, current: event.currentPath, unit: 'files' });
        break;
      case 'file':
        out.detail(fileText(event));
        break;
      case 'summary':
        if (!out.quiet) await out.tryResult(summaryText(event));
        break;
      case 'problem':
      case 'notice':
        break;
    }
  },
};

function fileText({ sha256, sizeBytes, path, onDisk }: DrilledFileReport): string {
  return `${sha256.slice(0, 16)}  ${formatBytes(sizeBytes).padStart(9)}  ${onDisk}  ${path}`;
}

function summaryText(summary: DrillSummary): string {
  const { filesFailed, filesDifferOnDisk, filesDrawn, filesSameOnDisk, snapshotHost } = summary;
  const verdict =
    filesFailed + filesDifferOnDisk > 0
      ? 'the drill FAILED'
      : filesDrawn === 0
        ? 'there was nothing to restore'
        : 'the drill succeeded';
  const { snapshotId, snapshotTimeMs, filesRestored, bytesRestored, bytesFetched } = summary;
  const from = `${shortId(snapshotId)} of ${printable(snapshotHost)}, ${localTime(snapshotTimeMs)}`;
  const failed = filesFailed > 0 ? `, ${grouped(filesFailed)} FAILED` : '';
  const differ = filesDifferOnDisk > 0 ? `, ${grouped(filesDifferOnDisk)} DIFFER` : '';
  return `${verdict}\n${facts([
    ['  snapshot', from],
    [
      '  files',
      `${grouped(filesRestored)} of ${grouped(summary.filesInSnapshot)} restored${failed}`,
    ],
    ['  on this disk', `${grouped(filesSameOnDisk)} the same${differ}`],
    ['  content', `${formatBytes(bytesRestored)}, from ${formatBytes(bytesFetched)} fetched`],
    ['  evidence', summary.digest],
    ['  duration', formatDuration(summary.durationMs)],
  ])}`;
}
