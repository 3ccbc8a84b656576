/**
 * A file of patterns, as for `--exclude-file`.
 * @module
 */

const BYTE_ORDER_MARK = '\ufeff';

/**
 * One pattern a line, in UTF-8. Empty lines and those that start with `#` don't count (`\#` is a
 * name that starts with `#`); spaces at the end don't either, unless the last has a backslash
 * before it.
 */
export function parsePatternFile(bytes: Uint8Array): string[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const plain = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return plain
    .split('\n')
    .map((line) => trimEnd(line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function trimEnd(line: string): string {
  const trimmed = line.replace(/[ \t]+$/, '');
  return trimmed.length < line.length && /(?:^|[^\\])(?:\\\\)*\\$/.test(trimmed)
    ? `${trimmed}${line[trimmed.length]}`
    : trimmed;
}
