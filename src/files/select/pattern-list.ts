/**
 * Many patterns asked at once.
 * @module
 */
import type { Pattern } from './pattern.ts';

/** What a path is to patterns. */
export interface PathFacts {
  /** `/` and the components joined by `/`. */
  readonly path: string;
  /** The last component. */
  readonly name: string;
  readonly isDirectory: boolean;
  /** At or below a root: above, only anchored patterns count. */
  readonly isRooted: boolean;
}

/**
 * Patterns in order. Most paths match none, so all are first tried as one expression for each
 * subject.
 */
export class PatternList {
  readonly #patterns: readonly Pattern[];
  readonly #anyName: readonly RegExp[];
  readonly #anyPath: readonly RegExp[];

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
    this.#anyName = merge(patterns.filter((pattern) => pattern.subject === 'name'));
    this.#anyPath = merge(patterns.filter((pattern) => pattern.subject === 'path'));
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** The last pattern that matches. */
  lastMatch(facts: PathFacts): Pattern | undefined {
    for (const any of this.#anyName) {
      if (any.test(facts.name))
        return this.#patterns.findLast((pattern) => matches(pattern, facts));
    }
    for (const any of this.#anyPath) {
      if (any.test(facts.path))
        return this.#patterns.findLast((pattern) => matches(pattern, facts));
    }
    return undefined;
  }

  /** Whether any pattern could match inside the folder `path`. */
  reachesInto(path: string): boolean {
    return this.#patterns.some((pattern) => pattern.reachesInto(path));
  }
}

function matches(pattern: Pattern, facts: PathFacts): boolean {
  if (!facts.isRooted && !pattern.isAnchored) return false;
  if (!facts.isDirectory && pattern.directoriesOnly) return false;
  return pattern.matcher.test(pattern.subject === 'name' ? facts.name : facts.path);
}

/** Engines limit the size of an expression. */
const MERGED_PATTERNS_MAX = 64;

/** One expression for all patterns with the same flags, or a few where there are very many. */
function merge(patterns: readonly Pattern[]): RegExp[] {
  const merged: RegExp[] = [];
  for (const flags of new Set(patterns.map(({ matcher }) => matcher.flags))) {
    const same = patterns.filter(({ matcher }) => matcher.flags === flags);
    for (let i = 0; i < same.length; i += MERGED_PATTERNS_MAX) {
      const some = same.slice(i, i + MERGED_PATTERNS_MAX);
      merged.push(new RegExp(some.map(({ matcher }) => `(?:${matcher.source})`).join('|'), flags));
    }
  }
  return merged;
}
