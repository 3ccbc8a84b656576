/**
 * How a call fails.
 * @module
 */

/** The code of what `work` throws; `undefined` where it throws nothing. */
export function codeOf(work: () => void): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  return undefined;
}
