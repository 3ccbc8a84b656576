/**
 * The flags of `forget` that make a retention policy.
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { GroupField, RetentionPolicy, Span } from '../../../format/documents/retention.ts';
import {
  DEFAULT_GROUP_BY,
  GROUP_FIELDS,
  PERIODS,
  UNLIMITED,
  keepsAnything,
  parseSpan,
} from '../../../format/documents/retention.ts';

export interface RetentionFlags {
  readonly keepLast?: number;
  readonly keepHourly?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepYearly?: number;
  readonly keepWithin?: Span;
  readonly keepWithinHourly?: Span;
  readonly keepWithinDaily?: Span;
  readonly keepWithinWeekly?: Span;
  readonly keepWithinMonthly?: Span;
  readonly keepWithinYearly?: Span;
  readonly keepTag?: string[][];
  readonly keepId?: string[];
  readonly groupBy?: GroupField[];
  readonly timeZone?: string;
}

const UNITS = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month', yearly: 'year' };

export function addRetentionOptions(command: Command): void {
  const option = <T>(flags: string, help: string, parse: (text: string, before: T) => T): void => {
    command.addOption(new Option(flags, help).helpGroup('What to keep:').argParser(parse));
  };
  option('--keep-last <n>', 'the newest so many', keepCount);
  for (const period of PERIODS) {
    const help = `of so many ${UNITS[period]}s that have any, the newest each`;
    option(`--keep-${period} <n>`, help, keepCount);
  }
  option('--keep-within <span>', 'all so far back from the newest: 14d, 1y6m', span);
  for (const period of PERIODS) {
    const help = `the newest of each ${UNITS[period]} so far back`;
    option(`--keep-within-${period} <span>`, help, span);
  }
  option('--keep-tag <tags>', 'all with these tags: a,b (repeatable)', tagLists);
  option('--keep-id <id>', 'this one (repeatable)', ids);
  option('--group-by <fields>', 'each group by itself: host,paths,tags or none', groupFields);
  option('--time-zone <name>', "whose days count (default: this machine's)", String);
}

/** Undefined where no flag says what to keep. */
export function rulesOf(flags: RetentionFlags): RetentionPolicy | undefined {
  const rules: RetentionPolicy = {
    counts: defined({
      last: flags.keepLast,
      hourly: flags.keepHourly,
      daily: flags.keepDaily,
      weekly: flags.keepWeekly,
      monthly: flags.keepMonthly,
      yearly: flags.keepYearly,
    }),
    within: defined({
      all: flags.keepWithin,
      hourly: flags.keepWithinHourly,
      daily: flags.keepWithinDaily,
      weekly: flags.keepWithinWeekly,
      monthly: flags.keepWithinMonthly,
      yearly: flags.keepWithinYearly,
    }),
    tags: flags.keepTag ?? [],
    ids: flags.keepId ?? [],
    groupBy: flags.groupBy ?? DEFAULT_GROUP_BY,
    ...(flags.timeZone !== undefined && { timeZone: flags.timeZone }),
  };
  return keepsAnything(rules) ? rules : undefined;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Defined<T>;
}

/** A whole number from 1, or `unlimited`. */
function keepCount(text: string): number {
  if (text === 'unlimited') return UNLIMITED;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError("Write a whole number from 1, or 'unlimited'.");
}

/** `1y5m7d2h`: here an `m` is a month. */
function span(text: string): Span {
  const parsed = parseSpan(text);
  if (parsed) return parsed;
  throw new InvalidArgumentError('Write years, months, days and hours, such as 1y6m, 14d or 36h.');
}

function tagLists(text: string, earlier: readonly string[][] = []): string[][] {
  const tags = text.split(',').map((tag) => tag.trim());
  if (tags.includes('')) throw new InvalidArgumentError('A tag is empty.');
  return [...earlier, tags];
}

function ids(text: string, earlier: readonly string[] = []): string[] {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{4,32}$/.test(id)) {
    throw new InvalidArgumentError('Write four or more digits of an id.');
  }
  return [...earlier, id];
}

function groupFields(text: string): GroupField[] {
  if (text === 'none' || text === '') return [];
  return text.split(',').map((name) => {
    const field = GROUP_FIELDS.find((one) => one === name.trim());
    if (field) return field;
    throw new InvalidArgumentError("Write host, paths and tags, separated by commas, or 'none'.");
  });
}
