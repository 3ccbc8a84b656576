/**
 * What people and programs see of a search.
 * @module
 */
import { countedProgress } from '../../render/progress.ts';
import { formatBytes } from '../../../base/units.ts';
import { displayPath } from '../../../files/path.ts';
import type { Entry } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import type {
  FindEvent,
  FindProgress,
  HistoryChange,
  HistoryEvent,
  HistoryVersion,
} from '../../../jobs/find/events.ts';
import { entryJson, entryText } from '../../render/entry-text.ts';
import type { Progress } from '../../render/progress.ts';
import { counted, localTime, shortId } from '../../render/words.ts';
import type { LookView } from './run-look.ts';

/** Each match as `<snapshot>:<path>`, which other commands take; long: the snapshot, then as `ls -l`. */
export function findView(isLong: boolean): LookView<FindEvent> {
  return {
    async show(event, out, progress) {
      if (event.type === 'progress') showProgress(event, progress);
      else if (event.type === 'match') {
        const { snapshot, entry } = event;
        const id = shortId(snapshot.id);
        await out.result(
          isLong ? `${id}  ${entryText(entry, true)}` : `${id}:${displayPath(entry.path)}\n`,
        );
      } else if (event.type === 'summary') {
        const snapshots = counted(event.snapshots, 'snapshot');
        const where = `${event.snapshotsWithMatches} of ${snapshots}`;
        out.note(`${counted(event.matches, 'match', 'matches')} in ${where}`);
      }
    },
    toJson(event) {
      if (event.type !== 'match') return event;
      const { type, snapshot, entry } = event;
      return { type, snapshot: snapshot.id, entry: entryJson(entry) } as { type: string };
    },
  };
}

export const historyView: LookView<HistoryEvent> = {
  async show(event, out, progress) {
    if (event.type === 'progress') showProgress(event, progress);
    else if (event.type === 'version') await out.result(versionText(event));
    else if (event.type === 'summary') {
      const versions = counted(event.versions, 'change');
      out.note(`${versions} in ${counted(event.snapshots, 'snapshot')}`);
    }
  },
  toJson(event) {
    if (event.type !== 'version') return event;
    const { type, change, snapshot, entry, fields } = event;
    const { timeMs, host, complete } = snapshot.snapshot;
    const time = new Date(timeMs).toISOString();
    const where = { snapshot: snapshot.id, time, host, complete };
    return { type, change, ...where, fields, ...(entry && { entry: entryJson(entry) }) } as {
      type: string;
    };
  },
};

const CHANGE_WORDS: Readonly<Record<HistoryChange, string>> = {
  first: 'first',
  again: 'again',
  content: 'content',
  metadata: 'metadata',
  type: 'type',
  gone: 'gone',
};
const CHANGE_WIDTH = 8;
const SIZE_WIDTH = 9;
const HOST_WIDTH = 10;

/** Snapshot, its time and host; what changed; size and time of the file. */
function versionText({ change, snapshot, entry, fields }: HistoryVersion): string {
  const { timeMs, host, complete } = snapshot.snapshot;
  const where = `${shortId(snapshot.id)}  ${localTime(timeMs)}  ${host.padEnd(HOST_WIDTH)}`;
  const what = CHANGE_WORDS[change].padEnd(CHANGE_WIDTH);
  if (!entry) {
    const doubt = complete ? '' : '  (or not readable: some files were not)';
    return `${where}  ${what}${doubt}`.trimEnd().concat('\n');
  }
  const of = fields.length > 0 ? `  (${fields.join(', ')})` : '';
  return `${where}  ${what}  ${sizeText(entry).padStart(SIZE_WIDTH)}  ${timeText(entry)}${of}\n`;
}

function sizeText(entry: Entry): string {
  return entry.type === EntryType.file ? formatBytes(entry.size) : '';
}

function timeText({ mtimeSec }: Entry): string {
  return localTime(mtimeSec * 1000);
}

function showProgress({ done, total }: FindProgress, progress: Progress): void {
  progress.update(countedProgress({ done, total }, 'snapshots'));
}
