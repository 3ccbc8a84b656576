/**
 * The decision which paths a job takes, from patterns (their grammar: `pattern.ts`).
 *
 * - Of the exclude patterns that match a path the last one decides; where none does, its folder's fate is
 *   its own. An excluded folder is not entered, so nothing inside can be taken back; except by a `!` pattern
 *   that starts with `/`: such a pattern tells where it leads, and only folders on that way are entered.
 * - With include patterns, only what matches one of them is taken, folders with all that is inside, and the
 *   folders on the way as mere folders. Excludes are stronger than includes; `!x` among the includes
 *   excludes `x`.
 * - Patterns that match at every depth judge the roots of a backup and what is below, not the folders above:
 *   `backup /data/cache/mine --exclude cache` has something to do.
 * @module
 */
import type { PathKey } from '../../format/entry.ts';
import { asBuffer } from '../../base/bytes.ts';
import { comparePaths, isInside } from '../path.ts';
import { compilePattern, type Pattern } from './pattern.ts';

/**
 * `take`: it is wanted. `skip`: neither it nor anything inside it is. `descend`: a folder that is not wanted
 * for its own sake, but something inside may be; it is kept only as the way to that.
 */
export type Selection = 'take' | 'skip' | 'descend';

/** Chooses by path alone. Any order of calls is right; path order is fast. */
export interface Selector {
  select(path: PathKey, isDirectory: boolean): Selection;
}

export interface SelectOptions {
  readonly exclude?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
  /** As `exclude` and judged after it, without regard to case. */
  readonly excludeIgnoringCase?: readonly string[] | undefined;
  readonly includeIgnoringCase?: readonly string[] | undefined;
  /** The roots of the backup; without them the patterns judge every folder from the root folder on. */
  readonly roots?: readonly PathKey[] | undefined;
}

/**
 * A selector for these patterns; without any it takes everything.
 * @throws AppError `usage` for a pattern that can't be meant
 */
export function createSelector(options: SelectOptions): Selector {
  const included = [
    ...compileAll(options.include, false),
    ...compileAll(options.includeIgnoringCase, true),
  ];
  const excludes = [
    ...compileAll(options.exclude, false),
    ...compileAll(options.excludeIgnoringCase, true),
    ...included.filter((pattern) => pattern.isNegated).map(withoutNegation),
  ];
  const includes = included.filter((pattern) => !pattern.isNegated);
  if (excludes.length === 0 && includes.length === 0) return { select: () => 'take' };
  return new PatternSelector(excludes, includes, options.roots);
}

function compileAll(sources: readonly string[] = [], ignoreCase: boolean): Pattern[] {
  const patterns = sources.map((source) => compilePattern(source, ignoreCase));
  return patterns.filter((pattern) => pattern !== undefined);
}

function withoutNegation(pattern: Pattern): Pattern {
  return { ...pattern, isNegated: false };
}

/** What is known of a folder, and passes down to what is inside. */
interface Folder {
  readonly key: PathKey;
  readonly path: string;
  readonly isExcluded: boolean;
  readonly isIncluded: boolean;
  /** At or below a root. */
  readonly isRooted: boolean;
}

class PatternSelector implements Selector {
  readonly #excludes: readonly Pattern[];
  readonly #includes: readonly Pattern[];
  readonly #reopening: readonly Pattern[];
  readonly #roots: readonly PathKey[] | undefined;
  /** The folders above the last path asked for, from the root folder down. */
  readonly #way: Folder[];

  constructor(
    excludes: readonly Pattern[],
    includes: readonly Pattern[],
    roots: readonly PathKey[] | undefined,
  ) {
    this.#excludes = excludes;
    this.#includes = includes;
    this.#reopening = excludes.filter((pattern) => pattern.isNegated && pattern.isAnchored);
    this.#roots = roots && [...roots].sort(comparePaths);
    this.#way = [
      {
        key: new Uint8Array(0),
        path: '',
        isExcluded: false,
        isIncluded: false,
        isRooted: !roots || roots.some((root) => root.length === 0),
      },
    ];
  }

  select(path: PathKey, isDirectory: boolean): Selection {
    if (path.length === 0) return 'take';
    const cut = path.lastIndexOf(0);
    const parent = this.#folderAt(path.subarray(0, Math.max(0, cut)));
    const { path: text, isExcluded, isIncluded } = this.#judge(path, parent, isDirectory);
    const includes = this.#includes;
    const isWanted = includes.length === 0 || isIncluded;
    if (!isExcluded && isWanted) return 'take';
    if (!isDirectory) return 'skip';
    if (isExcluded && !this.#reopening.some((pattern) => pattern.reachesInto(text))) return 'skip';
    const mayHold = isWanted || includes.some((pattern) => pattern.reachesInto(text));
    return mayHold ? 'descend' : 'skip';
  }

  #folderAt(key: PathKey): Folder {
    const way = this.#way;
    for (;;) {
      const known = way.at(-1) as Folder;
      if (known.key.length === key.length && comparePaths(known.key, key) === 0) return known;
      if (known.key.length < key.length && isInside(key, known.key)) break;
      way.pop();
    }
    for (;;) {
      const known = way.at(-1) as Folder;
      if (known.key.length === key.length) return known;
      const end = key.indexOf(0, known.key.length + 1);
      // A copy: the caller's buffer may be reused.
      const next = Uint8Array.from(end < 0 ? key : key.subarray(0, end));
      way.push(this.#judge(next, known, true));
    }
  }

  #judge(key: PathKey, parent: Folder, isDirectory: boolean): Folder {
    const bytes = asBuffer(key);
    const name = bytes.toString('utf8', parent.key.length === 0 ? 0 : parent.key.length + 1);
    const path = `${parent.path}/${name}`;
    const isRooted = parent.isRooted || this.#isRoot(key);
    const applies = (pattern: Pattern): boolean =>
      (isRooted || pattern.isAnchored) &&
      (isDirectory || !pattern.directoriesOnly) &&
      pattern.matches(path, name);
    const decisive = this.#excludes.findLast(applies);
    return {
      key,
      path,
      isExcluded: decisive ? !decisive.isNegated : parent.isExcluded,
      isIncluded: parent.isIncluded || this.#includes.some(applies),
      isRooted,
    };
  }

  #isRoot(key: PathKey): boolean {
    const roots = this.#roots ?? [];
    let low = 0;
    let high = roots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePaths(roots[middle] as PathKey, key) < 0) low = middle + 1;
      else high = middle;
    }
    const found = roots[low];
    return found !== undefined && comparePaths(found, key) === 0;
  }
}
