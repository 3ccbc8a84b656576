/**
 * What people see of a copy.
 * @module
 */
import { countedProgress } from '../../render/progress.ts';
import { formatBytes, formatDuration } from '../../../base/units.ts';
import type {
  CopiedReport,
  CopyEvent,
  CopySummary,
  SkippedReport,
} from '../../../jobs/copy/events.ts';
import type { JobView } from '../../render/job.ts';
import { counted, localTime, shortId } from '../../render/words.ts';

export const copyView: JobView<CopyEvent> = {
  async show(event, out, progress) {
    switch (event.type) {
      case 'progress':
        progress.update({ ...countedProgress(event, 'snapshots'), scanned: event.scanned });
        break;
      case 'copied':
        if (!out.quiet) await out.tryResult(copiedText(event));
        break;
      case 'skipped':
        if (out.verbose) await out.tryResult(skippedText(event));
        break;
      case 'summary':
        if (!out.quiet) await out.tryResult(summaryText(event));
        break;
      case 'notice':
      case 'problem':
        break;
    }
  },
};

function whichText({ id, host, timeMs }: CopiedReport | SkippedReport): string {
  return `snapshot ${shortId(id)} of ${host}, ${localTime(timeMs)}`;
}

function copiedText(event: CopiedReport): string {
  const { newId, bytesRead, chunksRead } = event;
  const read = `${formatBytes(bytesRead)} in ${counted(chunksRead, 'chunk')}`;
  if (newId === undefined) return `${whichText(event)}, would be copied: up to ${read}\n`;
  return `${whichText(event)}, is ${shortId(newId)} there: ${read} read\n`;
}

function skippedText(event: SkippedReport): string {
  const { reason, newId } = event;
  const there = newId === undefined ? 'there' : `there as ${shortId(newId)}`;
  const why = reason === 'copied' ? `is ${there} already` : 'was forgotten there';
  return `${whichText(event)}, ${why}\n`;
}

function summaryText(summary: CopySummary): string {
  const { dryRun, copied, alreadyThere, forgottenThere, failed } = summary;
  const { bytesRead, bytesStored, durationMs } = summary;
  const what = [
    `${counted(copied, 'snapshot')} ${dryRun ? 'would be ' : ''}copied`,
    ...(failed > 0 ? [`${failed} damaged and not copied`] : []),
    ...(alreadyThere > 0 ? [`${alreadyThere} there already`] : []),
    ...(forgottenThere > 0 ? [`${forgottenThere} forgotten there`] : []),
  ];
  const read = dryRun
    ? `up to ${formatBytes(bytesRead)} to read`
    : `${formatBytes(bytesRead)} read`;
  const sent = dryRun ? '' : `, ${formatBytes(bytesStored)} sent`;
  return `${what.join(', ')}\n${read}${sent}, ${formatDuration(durationMs)}\n`;
}
