/**
 * The decision which paths a job takes, from patterns (their grammar: `pattern.ts`).
 *
 * - Of the exclude patterns that match a path the last one decides; where none does, its folder's
 *   fate is its own. An excluded folder is not entered, so nothing inside can be taken back; except
 *   by a `!` pattern that starts with `/`: such a pattern tells where it leads, and only folders on
 *   that way are entered.
 * - With include patterns, only what matches one of them is taken, folders with all that is inside,
 *   and the folders on the way as mere folders. Excludes are stronger than includes; `!x` among the
 *   includes excludes `x`.
 * - Patterns that match at every depth judge the roots of a backup and what is below, not the
 *   folders above: `backup /data/cache/mine --exclude cache` has something to do.
 * @module
 */
import type { PathKey } from '../../format/entry.ts';
import { asBuffer } from '../../base/bytes.ts';
import { comparePaths } from '../path.ts';
import { PatternList, type PathFacts } from './pattern-list.ts';
import { compilePattern, type Pattern } from './pattern.ts';

/**
 * `take`: it is wanted. `skip`: neither it nor anything inside it is. `descend`: a folder that is
 * not wanted for its own sake, but something inside may be; it is kept only as the way to that.
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
  /**
   * The roots of the backup; without them the patterns judge every folder from the root folder on.
   */
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

/** What is known of a path; of a folder it passes down to what is inside. */
interface Judged extends PathFacts {
  readonly key: PathKey;
  readonly isExcluded: boolean;
  readonly isIncluded: boolean;
}

class PatternSelector implements Selector {
  readonly #excludes: PatternList;
  readonly #includes: PatternList;
  /** The patterns that open excluded folders. */
  readonly #reopening: PatternList;
  readonly #roots: readonly PathKey[] | undefined;
  /** The folders above the last path asked for, from the root folder down. */
  readonly #way: Judged[];

  constructor(
    excludes: readonly Pattern[],
    includes: readonly Pattern[],
    roots: readonly PathKey[] | undefined,
  ) {
    this.#excludes = new PatternList(excludes);
    this.#includes = new PatternList(includes);
    this.#reopening = new PatternList(
      excludes.filter((pattern) => pattern.isNegated && pattern.isAnchored),
    );
    this.#roots = roots && [...roots].sort(comparePaths);
    this.#way = [
      {
        key: new Uint8Array(0),
        path: '',
        name: '',
        isDirectory: true,
        isExcluded: false,
        isIncluded: false,
        isRooted: !roots || roots.some((root) => root.length === 0),
      },
    ];
  }

  select(path: PathKey, isDirectory: boolean): Selection {
    if (path.length === 0) return 'take';
    const bytes = Buffer.isBuffer(path) ? path : asBuffer(path);
    const parent = this.#folderAt(bytes, Math.max(0, bytes.lastIndexOf(0)));
    const { path: text, isExcluded, isIncluded } = this.#judge(bytes, parent, isDirectory);
    const isWanted = this.#includes.isEmpty || isIncluded;
    if (!isExcluded && isWanted) return 'take';
    if (!isDirectory) return 'skip';
    if (isExcluded && !this.#reopening.reachesInto(text)) return 'skip';
    return isWanted || this.#includes.reachesInto(text) ? 'descend' : 'skip';
  }

  /** The folder that the first `length` bytes of a key name. */
  #folderAt(key: Buffer, length: number): Judged {
    const way = this.#way;
    for (;;) {
      const { key: known } = way.at(-1) as Judged;
      const size = known.length;
      const isInside = size === 0 || size === length || (size < length && key[size] === 0);
      if (isInside && key.compare(known, 0, size, 0, size) === 0) break;
      way.pop();
    }
    for (;;) {
      const known = way.at(-1) as Judged;
      if (known.key.length === length) return known;
      const zero = key.indexOf(0, known.key.length + 1);
      const end = zero < 0 || zero > length ? length : zero;
      // A copy: the caller's buffer may be reused.
      way.push(this.#judge(Buffer.from(key.subarray(0, end)), known, true));
    }
  }

  #judge(key: Buffer, parent: Judged, isDirectory: boolean): Judged {
    const name = key.toString('utf8', parent.key.length === 0 ? 0 : parent.key.length + 1);
    const path = `${parent.path}/${name}`;
    const isRooted = parent.isRooted || this.#isRoot(key);
    const facts: PathFacts = { path, name, isDirectory, isRooted };
    const decisive = this.#excludes.lastMatch(facts);
    return {
      key,
      path,
      name,
      isDirectory,
      isRooted,
      isExcluded: decisive ? !decisive.isNegated : parent.isExcluded,
      isIncluded: parent.isIncluded || this.#includes.lastMatch(facts) !== undefined,
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
