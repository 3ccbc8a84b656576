/**
 * Dates as HTTP has them. They know no fractions of seconds. Source: RFC 9110, 5.6.7.
 * @module
 */

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
export function httpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

/** Milliseconds since 1970; undefined for what is no date: such a header counts as absent. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** What a client was told: whole seconds. */
export function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
