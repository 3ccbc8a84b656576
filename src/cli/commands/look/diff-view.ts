/**
 * What people and programs see of a comparison.
 * @module
 */
import { countedProgress } from '../../render/progress.ts';
import { formatBytes } from '../../../base/units.ts';
import { displayPath } from '../../../files/path.ts';
import { EntryType } from '../../../format/entry.ts';
import type {
  ChunkTotals,
  DiffEvent,
  DiffItem,
  DiffSummary,
  EntryTotals,
} from '../../../jobs/diff/events.ts';
import { entryJson } from '../../render/entry-text.ts';
import { facts } from '../../render/table.ts';
import { counted, grouped } from '../../render/words.ts';
import type { LookView } from './run-look.ts';

export const diffView: LookView<DiffEvent> = {
  async show(event, out, progress) {
    if (event.type === 'progress') {
      progress.update(countedProgress(event, 'entries'));
    } else if (event.type === 'item') await out.result(itemText(event));
    else if (event.type === 'summary' && !out.quiet) await out.result(summaryText(event));
  },
  toJson(event) {
    return event.type === 'item' ? itemJson(event) : event;
  },
};

const MARKS = { added: '+', removed: '-', changed: 'M', metadata: 'U', type: 'T' } as const;
const MARK_WIDTH = 2;
const SIZE_WIDTH = 10;

/** What happened, how much larger or smaller it is, and the path; folders end in a slash. */
function itemText(item: DiffItem): string {
  const { change, before, after, fields, isSilent } = item;
  const entry = after ?? before;
  if (!entry) return '';
  const mark = `${MARKS[change]}${isSilent ? '?' : ''}`.padEnd(MARK_WIDTH);
  const path = displayPath(entry.path) + (entry.type === EntryType.directory ? '/' : '');
  const what = change === 'metadata' ? `  (${fields.join(', ')})` : '';
  return `${mark}  ${sizeText(item).padStart(SIZE_WIDTH)}  ${path}${what}\n`;
}

function sizeText({ change, before, after }: DiffItem): string {
  if (change === 'metadata') return '';
  const isFile = [before, after].some((entry) => entry?.type === EntryType.file);
  if (!isFile) return '';
  const grown = (after?.size ?? 0) - (before?.size ?? 0);
  return `${grown < 0 ? '-' : grown > 0 ? '+' : ''}${formatBytes(Math.abs(grown))}`;
}

function itemJson({ type, change, before, after, fields, isSilent }: DiffItem) {
  const [old, now] = [before && entryJson(before), after && entryJson(after)];
  const { path, pathBase64 } = (now ?? old) as { path: string; pathBase64?: string };
  return {
    type,
    change,
    path,
    ...(pathBase64 !== undefined && { pathBase64 }),
    ...(old && { before: withoutPath(old) }),
    ...(now && { after: withoutPath(now) }),
    fields,
    silent: isSilent,
  };
}

function withoutPath(json: object): object {
  return { ...json, path: undefined, pathBase64: undefined };
}

function summaryText(summary: DiffSummary): string {
  const { added, removed, changed, metadata, retyped, silent, chunks } = summary;
  const others = changed.others > 0 ? ` and ${counted(changed.others, 'other')}` : '';
  const [was, is] = [changed.bytesBefore, changed.bytesAfter].map(formatBytes);
  return `\n${facts([
    ['added', entriesText(added)],
    ['removed', entriesText(removed)],
    ['changed', `${counted(changed.files, 'file')}${others}, ${was} before, ${is} now`],
    ...(retyped > 0 ? [['of another kind', grouped(retyped)] as const] : []),
    ['only metadata', grouped(metadata)],
    ...(silent > 0 ? [['in silence', `${grouped(silent)} (M?): see --help`] as const] : []),
    ['new data', chunksText(chunks.added)],
    ['data gone', chunksText(chunks.removed)],
  ])}`;
}

function entriesText({ files, directories, others, bytes }: EntryTotals): string {
  const rest = others > 0 ? `, ${counted(others, 'other')}` : '';
  const size = formatBytes(bytes);
  return `${counted(files, 'file')}, ${counted(directories, 'folder')}${rest}, ${size}`;
}

function chunksText({ chunks, rawBytes, storedBytes }: ChunkTotals): string {
  const stored = `${formatBytes(storedBytes)} stored`;
  return `${formatBytes(rawBytes)} in ${counted(chunks, 'chunk')}, ${stored}`;
}
