/**
 * What people see of a repair.
 * @module
 */
import { formatBytes, formatDuration } from '../../../base/units.ts';
import type { RecoverEvent, RecoverProgress, RecoverStep } from '../../../jobs/recover/events.ts';
import type {
  RepairAction,
  RepairIndexEvent,
  RepairPacksEvent,
  RepairProgress,
  RepairRecordsEvent,
  RepairSnapshotsEvent,
  RepairStep,
} from '../../../jobs/repair/events.ts';
import type { CommandContext } from '../../command.ts';
import type { RepairRootsEvent } from '../../../jobs/repair/roots/events.ts';
import { ExitCode } from '../../explain.ts';
import type { JobView } from '../../render/job.ts';
import { facts } from '../../render/table.ts';
import { counted } from '../../render/words.ts';

export type ShownEvent =
  | RepairIndexEvent
  | RepairPacksEvent
  | RepairSnapshotsEvent
  | RepairRecordsEvent
  | RepairRootsEvent
  | RecoverEvent;

type Summary = Extract<ShownEvent, { readonly type: 'summary' }>;

/** There may be one for each pack: the summary counts them. */
const QUIET: ReadonlySet<RepairAction | RecoverStep['action']> = new Set([
  'pack-indexed',
  'pack-condemned',
  'index-written',
  'index-removed',
]);

export const repairView: JobView<ShownEvent> = {
  async show(event, out, progress) {
    switch (event.type) {
      case 'progress':
        progress.update(progressOf(event));
        break;
      case 'step':
        if (out.verbose || !QUIET.has(event.action)) out.note(stepText(event));
        break;
      case 'summary':
        if (!out.quiet) await out.tryResult(summaryText(event));
        break;
      case 'notice':
        break;
    }
  },
};

/**
 * Shows what a repair does.
 * @returns 13 where damage is left that it cannot mend
 */
export async function showRepair(
  events: AsyncIterable<ShownEvent>,
  context: CommandContext<object>,
): Promise<ExitCode> {
  const { runJob } = await import('../../render/job.ts');
  const left = { remaining: 0 };
  await runJob(noting(events, left), context, repairView);
  return left.remaining > 0 ? ExitCode.damaged : ExitCode.done;
}

/** The count is wanted with --json too, where the view is not asked. */
async function* noting(
  events: AsyncIterable<ShownEvent>,
  left: { remaining: number },
): AsyncGenerator<ShownEvent> {
  for await (const event of events) {
    if (event.type === 'summary') left.remaining = event.remaining;
    yield event;
  }
}

function progressOf(event: RepairProgress | RecoverProgress) {
  const isOpen = event.stage === 'objects';
  return {
    filesDone: event.done,
    filesTotal: isOpen ? event.done : event.total,
    bytesDone: isOpen ? 0 : event.bytesDone,
    bytesTotal: isOpen ? 0 : event.bytesTotal,
    scanned: true,
    current: '',
    unit: event.stage,
  };
}

function stepText({ action, subject, message }: RepairStep | RecoverStep): string {
  const what = action.replace('-', ' ');
  return `cybs3: ${what}: ${message.includes(subject) ? message : `${subject}: ${message}`}`;
}

function summaryText(summary: Summary): string {
  const { dryRun, durationMs, remaining } = summary;
  const verdict = remaining > 0 ? leftText(summary) : dryRun ? 'nothing changed' : 'done';
  const title = dryRun && remaining > 0 ? `${verdict} (nothing changed)` : verdict;
  const lines = factsOf(summary).map(([label, value]) => [`  ${label}`, value] as const);
  return `${title}\n${facts([...lines, ['  duration', formatDuration(durationMs)]])}`;
}

function leftText(summary: Summary): string {
  const { remaining } = summary;
  switch (summary.repair) {
    case 'index':
      return `${counted(remaining, 'pack')} cannot be read: see \`cybs3 repair packs\``;
    case 'packs':
      return (
        `${counted(remaining, 'chunk')} lost: back up again what is still there, ` +
        'then see `cybs3 repair snapshots`'
      );
    case 'snapshots':
      return `${counted(remaining, 'snapshot')} with nothing left in them: see --forget-lost`;
    case 'roots':
      return `${counted(remaining, 'key slot')} damaged and left: see --drop-damaged`;
    case 'records':
    case 'objects':
      return `${counted(remaining, 'object')} not mended`;
  }
}

function factsOf(summary: Summary): [string, string][] {
  switch (summary.repair) {
    case 'index':
      return [
        ['packs', `${counted(summary.packsIndexed, 'pack')} named again`],
        ['chunks', counted(summary.chunksIndexed, 'chunk')],
        ['gone', `${counted(summary.packsDropped, 'pack')} named no more`],
        ['files', `${counted(summary.filesRemoved, 'index file')} removed`],
      ];
    case 'packs': {
      const bytes = formatBytes(summary.bytesSalvaged);
      return [
        ['damaged', counted(summary.packsDamaged, 'pack')],
        ['saved', `${counted(summary.chunksSalvaged, 'chunk')}, ${bytes}`],
        ['lost', counted(summary.chunksLost, 'chunk')],
      ];
    }
    case 'snapshots':
      return [
        ['looked at', counted(summary.snapshots, 'snapshot')],
        ['replaced', counted(summary.snapshotsReplaced, 'snapshot')],
        ['forgotten', counted(summary.snapshotsForgotten, 'snapshot')],
        ['left out', counted(summary.entriesDropped, 'entry', 'entries')],
        ['with zeros', counted(summary.filesZeroed, 'file')],
      ];
    case 'roots':
      return [
        ['written', counted(summary.objectsWritten, 'object')],
        ['removed', counted(summary.objectsRemoved, 'object')],
      ];
    case 'records':
      return [['removed', counted(summary.objectsRemoved, 'object')]];
    case 'objects':
      return [
        ['looked at', counted(summary.objects, 'object')],
        ['hidden', counted(summary.hidden, 'object')],
        ['replaced', counted(summary.replaced, 'object')],
        ['brought back', counted(summary.revived, 'object')],
      ];
  }
}
