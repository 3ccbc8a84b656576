/**
 * Which test files were being run when their process was killed by a signal.
 * @module
 */

const DIED = /Worker exited unexpectedly with signal \w+ .*?while running test file (\S+)/g;
// oxlint-disable-next-line no-control-regex -- colours
const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * @param output what vitest printed
 * @returns the files, each once; none where a test failed as well, or anything else went wrong
 */
export function filesThatDied(output: string): string[] {
  const text = output.replace(COLOURS, '');
  const files = [...text.matchAll(DIED)].map(([, file = '']) => file);
  const errors = Number(/^\s*Errors\s+(\d+) errors?/m.exec(text)?.[1] ?? 0);
  const isAllElseWell = !/^\s*(Tests|Test Files)\s.*\bfailed/m.test(text);
  return isAllElseWell && errors === files.length ? [...new Set(files)] : [];
}
