/**
 * `<snapshot>[:path]`, as `restore`, `ls` and `cat` take it.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { PathKey } from '../../format/entry.ts';
import { rawArgument } from './raw-argument.ts';

export interface SnapshotArgument {
  /** An id's beginning, `latest`, `latest~2`, `latest:tag=…`. */
  readonly selector: string;
  /** A path inside the snapshot; undefined for all of it. */
  readonly path: PathKey | undefined;
}

/** What may follow a colon without being a path. */
const CONDITION = /^(tag|host|user|path)=/;

export const SNAPSHOT_ARGUMENT_HELP =
  'a snapshot: the first digits of its id, latest, latest~2 (two before it),\n' +
  'latest:tag=daily or latest:host=name';

/**
 * Splits at the first colon that is not followed by a condition. Slashes separate a path's names,
 * however many; names are kept as the bytes they were typed as.
 * @throws AppError `usage`
 */
export function parseSnapshotArgument(argument: string): SnapshotArgument {
  // Latin-1 is one character a byte: nothing is lost on the way through a string.
  const [first = '', ...rest] = rawArgument(argument).toString('latin1').split(':');
  if (first === '') {
    throw new AppError('usage', 'no snapshot is named before the colon', {
      hint: 'write for example latest:/home/me',
    });
  }
  const found = rest.findIndex((part) => !CONDITION.test(part));
  const at = found < 0 ? rest.length : found;
  const selector = Buffer.from([first, ...rest.slice(0, at)].join(':'), 'latin1').toString();
  const names = rest.slice(at).join(':').split('/');
  const path = names.filter((name) => name !== '' && name !== '.').join('\0');
  return { selector, path: path === '' ? undefined : Buffer.from(path, 'latin1') };
}
