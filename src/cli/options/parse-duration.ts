/**
 * Durations from the command line.
 * @module
 */
import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60 * 1000,
  h: 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  w: 7 * 24 * 60 * 60 * 1000,
};

/** `90s`, `30m`, `24h`, `7d`, `2w`, `1d12h`, or `0`: in ms. */
export function duration(text: string): number {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  const ms = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNIT_MS[unit ?? ''] ?? NaN), 0);
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text;
  if (!isWhole || !Number.isSafeInteger(Math.round(ms))) {
    throw new InvalidArgumentError('Write a duration such as 30m, 24h, 7d or 0.');
  }
  return Math.round(ms);
}
