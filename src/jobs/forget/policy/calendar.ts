/**
 * Days, weeks and hours as people in one time zone have them.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { printable } from '../../../files/path.ts';
import type { Period, Span } from '../../../format/documents/retention.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Offsets change on the quarter of an hour, and nowhere between. */
const QUARTER_MS = HOUR_MS / 4;
/** The last moment that a `Date` can hold. */
const TIME_MS_MAX = 8.64e15;

export class Calendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /**
   * @param timeZone IANA name, such as `Europe/Berlin`
   * @throws AppError `usage` where nobody knows that zone
   */
  constructor(timeZone: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone,
        calendar: 'gregory',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch (cause) {
      const message = `there is no time zone '${printable(timeZone)}'`;
      throw new AppError('usage', message, { hint: 'write for example Europe/Berlin', cause });
    }
  }

  /** A name for the hour, day, week, month or year of a moment; of the same one, the same name. */
  periodOf(timeMs: number, period: Period): string {
    const offset = this.#offset(timeMs);
    const local = new Date(Math.min(timeMs + offset, TIME_MS_MAX));
    const [date = '', time = ''] = local.toISOString().split('T');
    switch (period) {
      case 'hourly':
        // With the offset: where clocks are put back, an hour comes twice.
        return `${date} ${time.slice(0, 2)}:00${offsetText(offset)}`;
      case 'daily':
        return date;
      case 'weekly':
        return isoWeek(local);
      case 'monthly':
        return date.slice(0, date.lastIndexOf('-'));
      case 'yearly':
        return date.slice(0, date.indexOf('-', 1));
    }
  }

  /** The moment so long before another, by the calendar; -Infinity for one before 1970. */
  before(timeMs: number, { years, months, days, hours }: Span): number {
    const offset = this.#offset(timeMs);
    const local = new Date(timeMs + offset);
    const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
    const then = local.setUTCFullYear(year - years, month - months, day - days);
    // Also where it is no date at all.
    if (!(then > DAY_MS)) return -Infinity;
    return then - this.#offset(then - offset) - hours * HOUR_MS;
  }

  /** How far local clocks are ahead of UTC, ms. */
  #offset(timeMs: number): number {
    const quarter = Math.floor(Math.min(timeMs, TIME_MS_MAX - DAY_MS) / QUARTER_MS);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const parts = this.#format.formatToParts(quarter * QUARTER_MS);
    const part = (type: Intl.DateTimeFormatPartTypes): number =>
      Number(parts.find((one) => one.type === type)?.value);
    const [year, month, day] = [part('year'), part('month') - 1, part('day')];
    const local = Date.UTC(year, month, day, part('hour'), part('minute'), part('second'));
    const offset = local - quarter * QUARTER_MS;
    this.#offsets.set(quarter, offset);
    return offset;
  }
}

/** `+01:00`. */
function offsetText(offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2026-W47`: the year of a week is that of its Thursday. */
function isoWeek(local: Date): string {
  const days = Math.floor(local.getTime() / DAY_MS);
  const thursday = days - ((days + 3) % 7) + 3;
  const year = new Date(thursday * DAY_MS).getUTCFullYear();
  const week = 1 + Math.floor((thursday - Date.UTC(year, 0, 1) / DAY_MS) / 7);
  return `${year}-W${String(week).padStart(2, '0')}`;
}
