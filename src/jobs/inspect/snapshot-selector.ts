/**
 * How a snapshot is named on a command line:
 *
 *     the first digits of its id (four or more)           4f2a
 *     latest, or that many before it                      latest   latest~2
 *     … of those that fit conditions                      latest:tag=daily,host=web   latest~1:path=/home
 *
 * Conditions are `tag=`, `host=`, `user=` and `path=`, separated by commas or colons. `~n` may also stand
 * at the end (`latest:tag=daily~1`), unless it stands after `latest`.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { printable } from '../../files/path.ts';
import type { SnapshotFilter } from './snapshot-filter.ts';

export type SnapshotSelector =
  | { readonly type: 'id'; readonly prefix: string }
  | { readonly type: 'latest'; readonly before: number; readonly filter: SnapshotFilter };

const ID_PREFIX = /^[0-9a-f]{4,32}$/;
const LATEST = /^latest(?:~(\d{1,9}))?(?::(.+))?$/s;
/** A separator counts only before a condition: paths and hosts may hold commas and colons. */
const BETWEEN_CONDITIONS = /[,:](?=(?:tag|host|user|path)=)/;

/** @throws AppError `usage` where the text is no selector */
export function parseSnapshotSelector(text: string): SnapshotSelector {
  const prefix = text.toLowerCase();
  if (ID_PREFIX.test(prefix)) return { type: 'id', prefix };
  const latest = LATEST.exec(text);
  if (!latest) throw noSelector(text);
  const [, before, conditions] = latest;
  if (before !== undefined) {
    return { type: 'latest', before: Number(before), filter: parseConditions(conditions, text) };
  }
  const atEnd = /^(.*)~(\d{1,9})$/s.exec(conditions ?? '');
  const filter = parseConditions(atEnd?.[1] ?? conditions, text);
  return { type: 'latest', before: Number(atEnd?.[2] ?? 0), filter };
}

function parseConditions(conditions: string | undefined, text: string): SnapshotFilter {
  if (conditions === undefined) return {};
  const found = {
    tag: [] as string[],
    host: [] as string[],
    user: [] as string[],
    path: [] as string[],
  };
  for (const condition of conditions.split(BETWEEN_CONDITIONS)) {
    const at = condition.indexOf('=');
    const [name, value] = [condition.slice(0, at), condition.slice(at + 1)];
    if (at < 0 || value === '' || !Object.hasOwn(found, name)) throw noSelector(text);
    found[name as keyof typeof found].push(value);
  }
  const { tag: tags, host: hosts, user: users, path: paths } = found;
  return { tags, paths, ...(hosts.length > 0 && { hosts }), ...(users.length > 0 && { users }) };
}

function noSelector(text: string): AppError {
  return new AppError('usage', `'${printable(text)}' does not name a snapshot`, {
    hint:
      'give four or more digits of its id, or latest, latest~2, latest:tag=daily, ' +
      'latest:host=name; see `cybs3 snapshots`',
  });
}
