/**
 * Walking a test tree and looking at what came out.
 * @module
 */
import type { Entry } from '../../src/format/entry.ts';
import { displayPath } from '../../src/files/path.ts';
import { walk } from '../../src/files/walk/walk.ts';
import type { WalkItem, WalkOptions } from '../../src/files/walk/walk-item.ts';

export interface Walked {
  readonly items: readonly WalkItem[];
  /** By path relative to the folder; what is above it is left out. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly paths: readonly string[];
  readonly problems: readonly string[];
  readonly excluded: readonly string[];
}

/** Walks `roots` (default: `dir` itself) and sorts the items out; paths are relative to `dir`. */
export function walked(dir: string, options: Partial<WalkOptions> = {}): Walked {
  const items = [...walk({ roots: [Buffer.from(dir)], ...options })];
  const relative = (path: Uint8Array): string => displayPath(path).replace(`${dir}/`, '');
  const entries = new Map<string, Entry>();
  const problems: string[] = [];
  const excluded: string[] = [];
  for (const item of items) {
    if (item.kind === 'entry') entries.set(relative(item.entry.path), item.entry);
    if (item.kind === 'excluded') excluded.push(`${item.why} ${relative(item.path)}`);
    if (item.kind !== 'problem') continue;
    const { severity, reason, path, message } = item.problem;
    problems.push(`${severity} ${reason} ${relative(path)}: ${message}`);
  }
  const paths = [...entries.keys()].filter((path) => !dir.startsWith(path));
  return { items, entries, paths, problems, excluded };
}

export function entryOf(walk: Walked, path: string): Entry {
  const entry = walk.entries.get(path);
  if (!entry) throw new Error(`the walk has no entry ${path}, only ${walk.paths.join(' ')}`);
  return entry;
}
