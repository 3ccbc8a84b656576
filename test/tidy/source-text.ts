/**
 * TypeScript source, read just closely enough to see imports and banned words: no parser is needed
 * for that.
 * @module
 */

export interface Import {
  readonly specifier: string;
  /** `import type`, gone at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** What may stand before a slash that starts a regular expression. */
const BEFORE_REGEX = /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|case|typeof|of|in))\s*$/;

const IMPORT = new RegExp(
  [
    /(?:^|[\n;])\s*(import|export)(\s+type\b)?(?:[^'";]*?\bfrom)?\s*['"]([^'"\n]+)['"]/,
    /\bimport\(\s*['"]([^'"\n]+)['"]/,
    /\brequire\(\s*['"]([^'"\n]+)['"]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

interface Piece {
  readonly kind: 'code' | 'comment' | 'text';
  readonly text: string;
}

/**
 * The source with the inside of comments blanked out; with `andTexts` that of strings and regexes,
 * too.
 */
export function blanked(source: string, andTexts: boolean): string {
  return pieces(source)
    .map(({ kind, text }) => {
      const isKept = kind === 'code' || (kind === 'text' && !andTexts);
      return isKept ? text : text.replace(/[^\n]/g, ' ');
    })
    .join('');
}

/** Static imports, `export … from`, and `import()` of a literal, in the order of the file. */
export function importsOf(source: string): Import[] {
  const code = blanked(source, false);
  const found: Import[] = [];
  for (const match of code.matchAll(IMPORT)) {
    const specifier = match[3] ?? match[4] ?? match[5];
    if (specifier === undefined) continue;
    const line = code.slice(0, match.index + match[0].length).split('\n').length;
    found.push({ specifier, typeOnly: match[2] !== undefined, line });
  }
  return found;
}

function pieces(source: string): Piece[] {
  const found: Piece[] = [];
  let start = 0;
  let at = 0;
  const end = (kind: Piece['kind'], to: number): void => {
    if (to > start) found.push({ kind, text: source.slice(start, to) });
    start = to;
    at = to;
  };
  while (at < source.length) {
    const length = literalLength(source, at);
    if (length === 0) {
      at++;
      continue;
    }
    end('code', at);
    const opening = source.slice(at, at + 2);
    end(opening === '//' || opening === '/*' ? 'comment' : 'text', at + length);
  }
  end('code', source.length);
  return found;
}

/** How long the comment, string or regex is that starts here; 0 where none does. */
function literalLength(source: string, at: number): number {
  const rest = source.slice(at, at + 2);
  if (rest === '//') return until(source, at, source.indexOf('\n', at));
  if (rest === '/*') return until(source, at, source.indexOf('*/', at + 2) + 2);
  const first = rest[0];
  if (first === "'" || first === '"') return quotedLength(source, at, first);
  if (first === '`') return templateLength(source, at);
  if (first === '/' && BEFORE_REGEX.test(source.slice(Math.max(0, at - 40), at))) {
    return regexLength(source, at);
  }
  return 0;
}

function until(source: string, at: number, end: number): number {
  return (end <= at ? source.length : end) - at;
}

function quotedLength(source: string, at: number, quote: string): number {
  let i = at + 1;
  while (i < source.length && source[i] !== quote && source[i] !== '\n') {
    i += source[i] === '\\' ? 2 : 1;
  }
  return i + 1 - at;
}

function regexLength(source: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < source.length && source[i] !== '\n'; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '[') inClass = true;
    else if (source[i] === ']') inClass = false;
    else if (source[i] === '/' && !inClass) return i + 1 - at;
  }
  return 0;
}

/** A whole template, with what is in its `${}`: nothing the rules look for is written there. */
function templateLength(source: string, at: number): number {
  let depth = 0;
  for (let i = at + 1; i < source.length; i++) {
    const two = source.slice(i, i + 2);
    if (source[i] === '\\') i++;
    else if (depth === 0 && source[i] === '`') return i + 1 - at;
    else if (two === '${') {
      depth++;
      i++;
    } else if (depth > 0 && source[i] === '{') depth++;
    else if (depth > 0 && source[i] === '}') depth--;
    else if (depth > 0 && source[i] === '`') i += templateLength(source, i) - 1;
  }
  return source.length - at;
}
