/**
 * Selects exactly the files of a sample, and the folders on the way to them.
 * @module
 */
import type { PathKey } from '../../format/entry.ts';
import { parentOf } from '../../files/path.ts';
import type { Selector } from '../../files/select/selector.ts';

export function sampleSelector(paths: readonly PathKey[]): Selector {
  const files = new Set(paths.map(textOf));
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = parentOf(path); at && !folders.has(textOf(at)); at = parentOf(at)) {
      folders.add(textOf(at));
    }
  }
  return {
    select(path, isDirectory) {
      if (isDirectory) return folders.has(textOf(path)) ? 'descend' : 'skip';
      return files.has(textOf(path)) ? 'take' : 'skip';
    },
  };
}

/** A key as text that can be compared. */
function textOf(path: PathKey): string {
  return Buffer.from(path).toString('latin1');
}
