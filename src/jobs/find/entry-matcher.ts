/**
 * Whether an entry is one of those that are looked for.
 * @module
 */
import { asBuffer } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import { PatternList } from '../../files/select/pattern-list.ts';
import type { PathFacts } from '../../files/select/pattern-list.ts';
import { compilePattern } from '../../files/select/pattern.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';

/** An entry fits where everything that is given does. */
export interface EntryFilter {
  /**
   * Names and globs as excludes have them (`files/select/pattern.ts`), at every depth or from `/` on; the last that
   * matches decides, so that `!…` takes back. Unlike there, a folder is not meant with what is inside.
   */
  readonly patterns?: readonly string[];
  readonly ignoreCase?: boolean;
  readonly types?: readonly EntryType[];
  /** Modified then or later, before then: ms since 1970. */
  readonly newerMs?: number | undefined;
  readonly olderMs?: number | undefined;
  /** Files of at least, and at most, that many bytes. */
  readonly sizeMin?: number | undefined;
  readonly sizeMax?: number | undefined;
}

export type EntryMatcher = (entry: Entry) => boolean;

/** @throws AppError `usage` for a pattern that cannot be meant */
export function entryMatcher(filter: EntryFilter): EntryMatcher {
  const { newerMs = -Infinity, olderMs = Infinity, sizeMin = 0, sizeMax = Infinity } = filter;
  const types = filter.types && new Set(filter.types);
  const hasSize = filter.sizeMin !== undefined || filter.sizeMax !== undefined;
  const hasTime = filter.newerMs !== undefined || filter.olderMs !== undefined;
  const matchesPath = pathMatcher(filter.patterns ?? [], filter.ignoreCase === true);
  return (entry) => {
    if (types && !types.has(entry.type)) return false;
    if (hasSize) {
      if (entry.type !== EntryType.file) return false;
      if (entry.size < sizeMin || entry.size > sizeMax) return false;
    }
    if (hasTime) {
      const mtimeMs = entry.mtimeSec * 1000 + entry.mtimeNs / 1e6;
      if (mtimeMs < newerMs || mtimeMs >= olderMs) return false;
    }
    return matchesPath(entry);
  };
}

function pathMatcher(sources: readonly string[], ignoreCase: boolean): EntryMatcher {
  if (sources.length === 0) return () => true;
  const compiled = sources.map((source) => compilePattern(source, ignoreCase));
  const patterns = compiled.filter((pattern) => pattern !== undefined);
  if (patterns.length < sources.length) {
    throw new AppError('usage', 'a pattern is empty', { hint: `give '*' for everything` });
  }
  const list = new PatternList(patterns);
  const facts = new EntryFacts();
  return (entry) => {
    facts.entry = entry;
    const decisive = list.lastMatch(facts);
    return decisive !== undefined && !decisive.isNegated;
  };
}

/** What patterns ask of an entry. Most ask for its name only. */
class EntryFacts implements PathFacts {
  entry: Pick<Entry, 'path' | 'type'> = { path: new Uint8Array(0), type: EntryType.directory };
  readonly isRooted = true;

  get isDirectory(): boolean {
    return this.entry.type === EntryType.directory;
  }

  get name(): string {
    const { path } = this.entry;
    return asBuffer(path).toString('utf8', path.lastIndexOf(0) + 1);
  }

  get path(): string {
    return pathText(this.entry.path);
  }
}

/** `/` and the names joined by `/`; no name holds a slash. */
function pathText(path: PathKey): string {
  return `/${asBuffer(path).toString('utf8').replaceAll('\0', '/')}`;
}
