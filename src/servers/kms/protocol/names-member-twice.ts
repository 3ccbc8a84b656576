/**
 * Finds what `JSON.parse` hides: of two members of one name it keeps the last.
 * @module
 */

/** A string, an end of one level, or a beginning; the rest says nothing of names. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;

/**
 * Whether an object in `json` has two members of the same name, however they are escaped.
 * @param json that `JSON.parse` takes
 */
export function namesMemberTwice(json: string): boolean {
  /** Of each level that is open, the names so far. */
  const levels: (Set<string> | undefined)[] = [];
  for (const [token, colon] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') levels.push(undefined);
    else if (token === '}' || token === ']') levels.pop();
    else if (colon !== undefined) {
      const names = levels.pop() ?? new Set();
      const sizeBefore = names.size;
      if (names.add(nameOf(token.slice(0, -colon.length))).size === sizeBefore) return true;
      levels.push(names);
    }
  }
  return false;
}

function nameOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
