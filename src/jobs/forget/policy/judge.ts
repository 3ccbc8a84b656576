/**
 * Which snapshots of one group a retention policy keeps, and why. Each rule keeps what it keeps whatever the others
 * do: a rule more, or a larger number, never lets anything go that was kept without it.
 * @module
 */
import type { Period, RetentionPolicy, Span } from '../../../format/documents/retention.ts';
import { PERIODS, UNLIMITED, formatSpan } from '../../../format/documents/retention.ts';
import type { Snapshot } from '../../../format/snapshot.ts';
import type { Calendar } from './calendar.ts';

/** What the rules look at. */
export interface Judged {
  readonly id: string;
  readonly snapshot: Pick<Snapshot, 'timeMs' | 'tags'>;
}

export interface Judgement {
  readonly isKept: boolean;
  /** Why it stays, or why it goes: one sentence's worth each. */
  readonly reasons: readonly string[];
}

/**
 * @param group newest first, without future-dated ones
 * @returns for each of the group, in its order
 */
export function judge(
  group: readonly Judged[],
  policy: RetentionPolicy,
  calendar: Calendar,
): Judgement[] {
  const judging = new Judging(group, calendar);
  judging.keepNewest(policy.counts.last ?? 0);
  for (const period of PERIODS) judging.keepPeriods(period, policy.counts[period] ?? 0);
  judging.keepWithin(policy.within.all);
  for (const period of PERIODS) judging.keepPeriodsWithin(period, policy.within[period]);
  judging.keepTagged(policy.tags);
  judging.keepNamed(policy.ids);
  return judging.finish();
}

class Judging {
  readonly #group: readonly Judged[];
  readonly #calendar: Calendar;
  readonly #keeps: string[][];
  /** Of what the first rule says that keeps a newer one in its place. */
  readonly #newer: (string | undefined)[];

  constructor(group: readonly Judged[], calendar: Calendar) {
    this.#group = group;
    this.#calendar = calendar;
    this.#keeps = group.map(() => []);
    this.#newer = group.map(() => undefined);
  }

  keepNewest(count: number): void {
    const most = count === UNLIMITED ? '' : ` of ${count}`;
    for (let i = 0; i < Math.min(count, this.#group.length); i++) {
      this.#keep(i, `last ${i + 1}${most}`);
    }
  }

  keepPeriods(period: Period, count: number): void {
    if (count > 0) this.#keepFirstOfEach(period, count, () => true, period);
  }

  keepWithin(span: Span | undefined): void {
    if (!span) return;
    const isWithin = this.#isWithin(span);
    for (const [i, one] of this.#group.entries()) {
      if (isWithin(one)) this.#keep(i, `within ${formatSpan(span)}`);
    }
  }

  keepPeriodsWithin(period: Period, span: Span | undefined): void {
    if (!span) return;
    const rule = `within ${formatSpan(span)} ${period}`;
    this.#keepFirstOfEach(period, UNLIMITED, this.#isWithin(span), rule);
  }

  keepTagged(lists: readonly (readonly string[])[]): void {
    for (const [i, { snapshot }] of this.#group.entries()) {
      const list = lists.find((all) => all.every((tag) => snapshot.tags.includes(tag)));
      if (list) this.#keep(i, `tag ${list.join(',')}`);
    }
  }

  keepNamed(ids: readonly string[]): void {
    for (const [i, { id }] of this.#group.entries()) {
      if (ids.some((start) => id.startsWith(start))) this.#keep(i, 'id');
    }
  }

  finish(): Judgement[] {
    return this.#keeps.map((keeps, i) => {
      if (keeps.length > 0) return { isKept: true, reasons: keeps };
      const newer = this.#newer[i];
      const why = newer === undefined ? 'no rule keeps it' : `a newer one is kept: ${newer}`;
      return { isKept: false, reasons: [why] };
    });
  }

  /**
   * The newest of each of so many periods that have any. While fewer have, the oldest of the group as well: what
   * reaches back the farthest is kept until others do.
   */
  #keepFirstOfEach(
    period: Period,
    count: number,
    isCounted: (one: Judged) => boolean,
    rule: string,
  ): void {
    let left = count;
    let last: string | undefined;
    let isLastKept = false;
    for (const [i, one] of this.#group.entries()) {
      if (!isCounted(one)) return;
      const name = this.#calendar.periodOf(one.snapshot.timeMs, period);
      const isFirst = name !== last;
      last = name;
      if (isFirst) {
        isLastKept = left > 0;
        if (left-- > 0) this.#keep(i, `${rule} ${name}`);
      } else if (i === this.#group.length - 1 && left > 0) this.#keep(i, `${rule} oldest`);
      else if (isLastKept) this.#newer[i] ??= `${rule} ${name}`;
    }
  }

  /** By the newest of the group, not by today: where no backups are made, nothing goes. */
  #isWithin(span: Span): (one: Judged) => boolean {
    const newest = this.#group[0];
    if (!newest) return () => false;
    const fromMs = this.#calendar.before(newest.snapshot.timeMs, span);
    return ({ snapshot }) => snapshot.timeMs > fromMs;
  }

  #keep(index: number, reason: string): void {
    this.#keeps[index]?.push(reason);
  }
}
