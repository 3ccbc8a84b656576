/**
 * Ages from the command line, above which something is overdue.
 * @module
 */
import { duration } from './parse-duration.ts';

/** A duration in ms; `off` is Infinity: never too old. */
export function maxAge(text: string): number {
  return text === 'off' ? Infinity : duration(text);
}
