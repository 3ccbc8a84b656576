/**
 * One pattern of `--exclude` or `--include`, compiled.
 *
 * - A pattern that starts with `/` is an absolute path (on Windows also one that starts with a
 *   drive, `C:/`). Any other matches at every depth: `node_modules`, `*.o`, `target/debug`.
 * - `*` stands for any characters of one name, `?` for one, `[a-z]` and `[!a-z]` for one of a set;
 *   `**` as a whole component stands for any number of folders. A backslash takes the meaning from
 *   what follows. Names that start with a dot are names like any other. Braces mean themselves.
 * - With a `/` at the end it matches folders only.
 * - `!` at the start takes back what an earlier pattern chose. `\!` is a name that starts with `!`.
 *
 * A folder that matches is meant with all that is inside. The separator is always `/`. Names are
 * compared as UTF-8; in a name that is not, a wildcard matches the odd bytes, and nothing else
 * does.
 * @module
 */
import { AppError } from '../../base/failure.ts';

export interface Pattern {
  readonly isNegated: boolean;
  /** It starts at the root folder, and so tells in which folders it could match. */
  readonly isAnchored: boolean;
  readonly directoriesOnly: boolean;
  /**
   * What `matcher` looks at: the last component, or the path (`/` and components joined by `/`).
   */
  readonly subject: 'name' | 'path';
  readonly matcher: RegExp;
  /** Whether something inside the folder `path` could match; always true unless anchored. */
  reachesInto(path: string): boolean;
}

const ANY_FOLDERS = '**';
const NAME = '/[^/]+';

/**
 * Compiles a pattern, or returns `undefined` for an empty one.
 * @throws AppError `usage` where it can't be meant: `..` in it, or a `[` without end
 */
export function compilePattern(source: string, ignoreCase = false): Pattern | undefined {
  const isNegated = source.startsWith('!');
  const body = isNegated ? source.slice(1) : source;
  const components = body.split('/').filter((part) => part !== '' && part !== '.');
  if (components.length === 0) return undefined;
  if (components.includes('..')) throw unusable(source, `holds '..'`);
  const isAnchored = body.startsWith('/') || /^[a-z]:$/i.test(components[0] ?? '');
  const sources = components.map((component) => globSource(component, source));
  const flags = ignoreCase ? 'iu' : 'u';
  return {
    isNegated,
    isAnchored,
    directoriesOnly: body.endsWith('/'),
    ...wholeMatcher(sources, isAnchored, `${flags}s`),
    reachesInto: isAnchored ? prefixMatcher(sources, flags) : () => true,
  };
}

function wholeMatcher(
  sources: readonly string[],
  isAnchored: boolean,
  flags: string,
): Pick<Pattern, 'subject' | 'matcher'> {
  const [only] = sources;
  if (!isAnchored && sources.length === 1 && only !== undefined && only !== ANY_FOLDERS) {
    return { subject: 'name', matcher: new RegExp(`^${only}$`, flags) };
  }
  const matcher = new RegExp(`${isAnchored ? '^' : ''}${pathSource(sources)}$`, flags);
  return { subject: 'path', matcher };
}

/** Components with any number of folders between some of them. */
function pathSource(sources: readonly string[]): string {
  const last = sources.length - 1;
  const runs: string[] = [''];
  for (const [i, part] of sources.entries()) {
    if (part !== ANY_FOLDERS) runs.push(`${runs.pop()}/${part}${i < last ? '(?=/)' : ''}`);
    else if (i === last) runs.push(`${runs.pop()}(?:${NAME})+`);
    else runs.push('');
  }
  return spread(runs, `(?:${NAME})*`);
}

let groups = 0;

/**
 * `parts` in order, with `gap` between them. Each part but the last is taken where it first fits, and never again
 * somewhere else: as good as any other place, and without it a name that nearly matches could take hours.
 */
function spread(parts: readonly string[], gap: string): string {
  const last = parts.length - 1;
  const sources = parts.map((part, i) => {
    if (i === 0) return part;
    if (i === last) return `${gap}${part}`;
    // A look ahead does not go back into itself: what it found is then passed over. Names of groups are told apart
    // because patterns are merged into one expression.
    const group = `g${groups++}`;
    return `(?=(?<${group}>${gap}?${part}))\\k<${group}>`;
  });
  return sources.join('');
}

function prefixMatcher(sources: readonly string[], flags: string): Pattern['reachesInto'] {
  const matchers = sources.map((part) =>
    part === ANY_FOLDERS ? undefined : new RegExp(`^${part}$`, `${flags}s`),
  );
  return (path) => {
    const names = path.split('/').slice(1);
    for (const [i, name] of names.entries()) {
      if (i >= matchers.length) return false;
      const matcher = matchers[i];
      if (!matcher) return true;
      if (!matcher.test(name)) return false;
    }
    return matchers.length > names.length;
  };
}

/** The regular expression for one component; `**` alone is left to the callers. */
function globSource(glob: string, pattern: string): string {
  if (glob === ANY_FOLDERS) return glob;
  const characters = Array.from(glob);
  const parts: string[] = [];
  let source = '';
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === '*') {
      while (characters[i + 1] === '*') i++;
      parts.push(source);
      source = '';
    } else if (character === '?') {
      source += '[^/]';
    } else if (character === '[') {
      const set = setSource(characters, i, pattern);
      source += set.source;
      i = set.end;
    } else if (character === '\\') {
      source += quote(characters[++i] ?? '\\');
    } else {
      source += quote(character);
    }
  }
  return spread([...parts, source], '[^/]*');
}

/** A set from its `[` at `start` to its `]` at `end`. A `]` right after the start is a member. */
function setSource(
  characters: readonly string[],
  start: number,
  pattern: string,
): { source: string; end: number } {
  let at = start + 1;
  const isNegated = characters[at] === '!' || characters[at] === '^';
  if (isNegated) at++;
  const first = at;
  let members = '';
  for (; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === ']' && at > first) {
      const source = `[${isNegated ? '^/' : ''}${members}]`;
      if (!isValid(source)) throw unusable(pattern, 'has a range that runs backwards');
      return { source, end: at };
    }
    const isRange = character === '-' && at > first && characters[at + 1] !== ']';
    if (isRange) members += '-';
    else members += quoteMember(character === '\\' ? (characters[++at] ?? '\\') : character);
  }
  throw unusable(pattern, `has a '[' without end`);
}

function isValid(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function quote(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function quoteMember(character: string): string {
  return character === '-' ? '\\-' : quote(character);
}

function unusable(pattern: string, why: string): AppError {
  return new AppError('usage', `the pattern '${pattern}' ${why}`, {
    hint: 'put a backslash before characters that are meant as they are',
  });
}
