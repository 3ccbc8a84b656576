/**
 * Finds the entry at a path of a snapshot, or says what is wrong with the path.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { displayPath, parentOf, printable } from '../../files/path.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';
import type { OpenedSnapshot } from './open-snapshot.ts';

/** @throws AppError `snapshot/path` where there is nothing at that path; `object/…`, `chunk/…`, `store/…` */
export async function findEntry(
  { id, reader }: Pick<OpenedSnapshot, 'id' | 'reader'>,
  path: PathKey,
): Promise<Entry> {
  const entry = await reader.find(path);
  if (entry) return entry;
  const short = id.slice(0, 8);
  let folder = parentOf(path);
  let nearest: Entry | undefined;
  while (folder && folder.length > 0 && !nearest) {
    nearest = await reader.find(folder);
    folder = parentOf(folder);
  }
  throw new AppError('snapshot/path', `there is no ${displayPath(path)} in snapshot ${short}`, {
    hint: hintFor(nearest, short),
  });
}

function hintFor(nearest: Entry | undefined, short: string): string {
  if (!nearest) return `see what it holds with \`cybs3 ls ${short}\``;
  const path = displayPath(nearest.path);
  if (nearest.type === EntryType.directory) {
    return `see what is in the nearest folder with \`cybs3 ls ${short}:${path}\``;
  }
  if (nearest.type !== EntryType.symlink) return `${path} is not a folder`;
  const target = printable(Buffer.from(nearest.target).toString('utf8'));
  return `${path} is a link to ${target}: give the path with the link resolved`;
}
