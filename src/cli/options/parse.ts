/**
 * Texts from the command line, the environment and files, turned into values once.
 * Each parser throws commander's `InvalidArgumentError`, whose message ends up behind the option's
 * name.
 * @module
 */
import { InvalidArgumentError } from 'commander';
import { parseSizeBytes } from '../../base/units.ts';

/** `64M`, `1.5GiB`, `4096`: whole bytes. */
export function size(text: string): number {
  const bytes = parseSizeBytes(text);
  if (bytes === undefined)
    throw new InvalidArgumentError('Write a size such as 512K, 64M or 2GiB.');
  return bytes;
}

/** A size above zero, for what is a limit per second. */
export function rate(text: string): number {
  const bytes = parseSizeBytes(text.replace(/\/s$/i, ''));
  if (bytes === undefined || bytes < 1) {
    throw new InvalidArgumentError('Write a rate per second such as 500K or 10M.');
  }
  return bytes;
}

/** A whole number from 1 to 1024. */
export function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1024) {
    throw new InvalidArgumentError('Write a whole number from 1 to 1024.');
  }
  return value;
}

/** ISO 8601 (`2026-11-21`, `2026-11-21T20:15:00Z`; local time without a zone) as ms since 1970. */
export function time(text: string): number {
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
  const ms = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  if (!iso.test(text) || Number.isNaN(ms)) {
    throw new InvalidArgumentError('Write a time such as 2026-11-21 or 2026-11-21T20:15:00Z.');
  }
  return ms;
}

/** One value each time the option is given. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** One or several values separated by commas, each time the option is given. */
export function collectList(value: string, earlier: readonly string[] = []): string[] {
  const values = value.split(',').map((one) => one.trim());
  if (values.some((one) => one === '')) throw new InvalidArgumentError('A value is empty.');
  return [...earlier, ...values];
}

/** `key=value`, each time the option is given. */
export function collectPairs(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `yes`/`no` and their kin, as environment variables have them. */
export function yesNo(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off|)$/i.test(text)) return false;
  throw new InvalidArgumentError('Write 1 or 0.');
}

/** Which part of the data `check` reads. */
export type DataSubset =
  | { readonly fraction: number }
  | { readonly part: number; readonly of: number }
  | { readonly bytes: number };

/** `5%`, `1/7` or `2GiB`. */
export function dataSubset(text: string): DataSubset {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent) {
    const fraction = Number(percent[1]) / 100;
    if (fraction > 0 && fraction <= 1) return { fraction };
  }
  const slice = /^(\d+)\/(\d+)$/.exec(text);
  if (slice) {
    const [part, of] = [Number(slice[1]), Number(slice[2])];
    if (part >= 1 && part <= of && of <= 65_536) return { part, of };
  }
  const bytes = percent || slice ? undefined : parseSizeBytes(text);
  if (bytes !== undefined && bytes > 0) return { bytes };
  throw new InvalidArgumentError('Write a share such as 5%, 1/7 or 2GiB.');
}
