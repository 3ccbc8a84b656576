/**
 * A path that is looked for in snapshots, as it is typed.
 * @module
 */
import { nativePathStyle, toPathKey } from '../../../files/path.ts';
import type { PathKey } from '../../../format/entry.ts';
import { rawArgument } from '../../options/raw-argument.ts';

/**
 * With a leading slash or a drive it may be of another machine, whatever this one's style is; any
 * other counts from the current folder. Names are kept as the bytes they were typed as.
 */
export function pathArgument(text: string, cwd: string): PathKey {
  const bytes = rawArgument(text);
  if (/^\/(?!\/)/.test(text)) return toPathKey(bytes, 'posix');
  if (/^[a-z]:[\\/]/i.test(text)) return toPathKey(bytes, 'windows');
  if (nativePathStyle === 'windows' && /^[\\/]{2}/.test(text)) return toPathKey(bytes);
  return toPathKey(Buffer.concat([Buffer.from(`${cwd}/`), bytes]));
}
