/**
 * A retention policy: which snapshots `forget` keeps. Saved with the settings of a vault, as JSON.
 * @module
 */
import type { JsonReader } from './json.ts';

/** Of each hour, day … one snapshot is kept. Weeks begin on Mondays, as in ISO 8601. */
export const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];

/** What the snapshots of one group have in common. */
export const GROUP_FIELDS = ['host', 'paths', 'tags'] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];

/** A span of the calendar: a month may be 28 days or 31. */
export interface Span {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

type Counts = Partial<Readonly<Record<Period | 'last', number>>>;
type Spans = Partial<Readonly<Record<Period | 'all', Span>>>;

/** A snapshot is kept that any of its rules keeps. */
export interface RetentionPolicy {
  /** The newest so many; of so many hours, days … that have any, the newest each. */
  readonly counts: Counts;
  /** All, or of each hour, day … the newest, so far back from the newest. */
  readonly within: Spans;
  /** Those that have all the tags of one of these lists. */
  readonly tags: readonly (readonly string[])[];
  /** Names, or beginnings of names, of snapshots. */
  readonly ids: readonly string[];
  /** The rules are applied to each group by itself. */
  readonly groupBy: readonly GroupField[];
  /** IANA name of the zone whose days and weeks are meant; without it, that of whoever asks. */
  readonly timeZone?: string;
}

export const DEFAULT_GROUP_BY: readonly GroupField[] = ['host', 'paths'];

/** What holds where nobody says or saved anything else. */
export const DEFAULT_RETENTION: RetentionPolicy = {
  counts: { daily: 7, weekly: 4, monthly: 12, yearly: 7 },
  within: {},
  tags: [],
  ids: [],
  groupBy: DEFAULT_GROUP_BY,
};

/** A count that has no end. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

const SPAN_UNITS = { y: 'years', m: 'months', w: 'weeks', d: 'days', h: 'hours' } as const;
const SPAN = /^(?:\d{1,6}[ymwdh])+$/;

/** `1y5m7d2h`, `2w`: each unit at most once. Undefined where it is none of these, or nothing at all. */
export function parseSpan(text: string): Span | undefined {
  if (!SPAN.test(text)) return undefined;
  const found = { years: 0, months: 0, weeks: 0, days: 0, hours: 0 };
  const seen = new Set<string>();
  for (const [, digits, letter = ''] of text.matchAll(/(\d+)([ymwdh])/g)) {
    if (seen.has(letter)) return undefined;
    seen.add(letter);
    found[SPAN_UNITS[letter as keyof typeof SPAN_UNITS]] = Number(digits);
  }
  const { years, months, weeks, days, hours } = found;
  const span = { years, months, days: days + 7 * weeks, hours };
  return Object.values(span).some((value) => value > 0) ? span : undefined;
}

/** The shortest text that `parseSpan` reads as this span. */
export function formatSpan({ years, months, days, hours }: Span): string {
  const parts = [
    [years, 'y'],
    [months, 'm'],
    [days, 'd'],
    [hours, 'h'],
  ] as const;
  return parts.map(([value, unit]) => (value > 0 ? `${value}${unit}` : '')).join('');
}

/** Whether it has any rule: without one, nothing would be kept. */
export function keepsAnything({ counts, within, tags, ids }: RetentionPolicy): boolean {
  return Object.keys({ ...counts, ...within }).length + tags.length + ids.length > 0;
}

const FORMAT_VERSION = 1;

export function retentionToJson(policy: RetentionPolicy): object {
  const { counts, within, tags, ids, groupBy, timeZone } = policy;
  const spans = Object.entries(within).map(([name, span]) => [name, formatSpan(span)]);
  return {
    version: FORMAT_VERSION,
    counts,
    within: Object.fromEntries(spans),
    tags: tags.map((all) => ({ all })),
    ids,
    groupBy,
    ...(timeZone !== undefined && { timeZone }),
  };
}

/**
 * @throws AppError `format/invalid`, also for a version that this program does not know: a rule that is passed over
 *   would let snapshots go that are to be kept
 */
export function retentionFromJson(json: JsonReader): RetentionPolicy {
  if (json.count('version') !== FORMAT_VERSION) json.fail('retention version');
  const policy = {
    counts: decodeCounts(json.object('counts')),
    within: decodeSpans(json),
    tags: json.objects('tags', 1000).map((one) => one.texts('all', 1000)),
    ids: json.texts('ids'),
    groupBy: json.texts('groupBy').map((name) => {
      return GROUP_FIELDS.find((field) => field === name) ?? json.fail('groupBy');
    }),
    ...(json.has('timeZone') && { timeZone: json.text('timeZone', 256) }),
  };
  return keepsAnything(policy) ? policy : json.fail('retention');
}

function decodeCounts(json: JsonReader): Counts {
  const counts: { -readonly [K in keyof Counts]: number } = {};
  for (const name of ['last', ...PERIODS] as const) {
    if (!json.has(name)) continue;
    counts[name] = json.count(name) > 0 ? json.count(name) : json.fail(name);
  }
  return counts;
}

function decodeSpans(json: JsonReader): Spans {
  const spans: { -readonly [K in keyof Spans]: Span } = {};
  for (const [name, text] of Object.entries(json.textMap('within'))) {
    const known = (['all', ...PERIODS] as const).find((one) => one === name);
    const span = parseSpan(text);
    if (!known || !span) return json.fail('within');
    spans[known] = span;
  }
  return spans;
}
