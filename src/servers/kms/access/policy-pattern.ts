/**
 * Wildcards in policies: `*` is any text, `?` any one character.
 * @module
 */

/**
 * Whether all of `text` fits `pattern`. Takes at most the product of both lengths: after a `*` that took
 * too little, only the last one is tried again.
 */
export function fitsPattern(text: string, pattern: string): boolean {
  let [at, pat] = [0, 0];
  let [star, taken] = [-1, 0];
  while (at < text.length) {
    const sign = pattern[pat];
    if (sign === '*') {
      [star, taken] = [pat++, at];
    } else if (sign !== undefined && (sign === '?' || sign === text[at])) {
      at++;
      pat++;
    } else if (star >= 0) {
      pat = star + 1;
      at = ++taken;
    } else return false;
  }
  while (pattern[pat] === '*') pat++;
  return pat === pattern.length;
}
