/**
 * Patterns of policies: text with `*`, `?` and `${…}`, matched without going back more than one star, so that the
 * work is bounded by the product of the lengths, whatever the pattern.
 * @module
 */

/** `*`: any characters, or none. */
const ANY: unique symbol = Symbol('*');
/** `?`: one character. */
const ONE: unique symbol = Symbol('?');

type Piece = string | typeof ANY | typeof ONE | { readonly variable: Variable };

export const VARIABLES = ['aws:username'] as const;

export type Variable = (typeof VARIABLES)[number];

/** What variables stand for. Characters of a value never act as wildcards. */
export type VariableValues = Readonly<Record<Variable, string>>;

/** One element for each character. */
export type Pattern = readonly Piece[];

export interface PatternOptions {
  /** Else `*` and `?` stand for themselves. */
  readonly hasWildcards: boolean;
  /** `${…}`, known since policies of 2012-10-17. Else it stands for itself. */
  readonly hasVariables: boolean;
}

/** Undefined where `${…}` is not closed, or names what is not known. */
export function parsePattern(text: string, options: PatternOptions): Pattern | undefined {
  const pieces: Piece[] = [];
  for (let rest = text; rest !== '';) {
    if (options.hasVariables && rest.startsWith('${')) {
      const end = rest.indexOf('}');
      const piece = end < 0 ? undefined : readVariable(rest.slice(2, end));
      if (piece === undefined) return undefined;
      pieces.push(piece);
      rest = rest.slice(end + 1);
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0) as number);
    pieces.push(readCharacter(character, options));
    rest = rest.slice(character.length);
  }
  return pieces;
}

/** `${*}`, `${?}` and `${$}` are those characters themselves. */
function readVariable(name: string): Piece | undefined {
  if (name === '*' || name === '?' || name === '$') return name;
  const variable = VARIABLES.find((known) => known.toLowerCase() === name.toLowerCase());
  return variable === undefined ? undefined : { variable };
}

function readCharacter(
  character: string,
  { hasWildcards }: Pick<PatternOptions, 'hasWildcards'>,
): string | typeof ANY | typeof ONE {
  if (hasWildcards && character === '*') return ANY;
  return hasWildcards && character === '?' ? ONE : character;
}

/** Whether the whole of `text` fits `pattern`. */
export function matchesPattern(pattern: Pattern, text: string, values: VariableValues): boolean {
  const pieces = pattern.flatMap((piece) => {
    return typeof piece === 'object' ? Array.from(values[piece.variable]) : [piece];
  });
  return matchesPieces(pieces, Array.from(text));
}

/** Whether the whole of `text` fits `pattern`, in which `*` and `?` are wildcards and nothing else is special. */
export function fitsWildcards(text: string, pattern: string): boolean {
  const pieces = Array.from(pattern, (one) => readCharacter(one, { hasWildcards: true }));
  return matchesPieces(pieces, Array.from(text));
}

/** Greedy: where it goes wrong after a star, that star takes one character more. */
function matchesPieces(
  pieces: readonly (string | symbol)[],
  characters: readonly string[],
): boolean {
  let at = 0;
  let lastStar = -1;
  let takenByStar = 0;
  for (let i = 0; i < characters.length;) {
    const piece = pieces[at];
    if (piece === ANY) {
      lastStar = at++;
      takenByStar = i;
    } else if (piece === ONE || piece === characters[i]) {
      at++;
      i++;
    } else if (lastStar >= 0) {
      at = lastStar + 1;
      i = ++takenByStar;
    } else {
      return false;
    }
  }
  while (pieces[at] === ANY) at++;
  return at === pieces.length;
}
