import { describe, expect, test } from 'vitest';
import { PERIODS, parseSpan } from '../../../src/format/documents/retention.ts';
import { Calendar } from '../../../src/jobs/forget/policy/calendar.ts';

const at = (iso: string): number => Date.parse(iso);

describe('a calendar', () => {
  test.each([
    ['UTC', '2026-11-21T23:30:00Z', '23:00+00:00', '2026-11-21', '2026-W47', '2026-11', '2026'],
    [
      'Pacific/Auckland',
      '2026-12-31T11:30:00Z',
      '00:00+13:00',
      '2027-01-01',
      '2026-W53',
      '2027-01',
      '2027',
    ],
    [
      'Asia/Kolkata',
      '2026-01-01T00:00:00Z',
      '05:00+05:30',
      '2026-01-01',
      '2026-W01',
      '2026-01',
      '2026',
    ],
    [
      'America/New_York',
      '2025-01-01T04:59:59Z',
      '23:00-05:00',
      '2024-12-31',
      '2025-W01',
      '2024-12',
      '2024',
    ],
    ['UTC', '2027-01-03T00:00:00Z', '00:00+00:00', '2027-01-03', '2026-W53', '2027-01', '2027'],
    ['UTC', '2027-01-04T00:00:00Z', '00:00+00:00', '2027-01-04', '2027-W01', '2027-01', '2027'],
    ['UTC', '1970-01-01T00:00:00Z', '00:00+00:00', '1970-01-01', '1970-W01', '1970-01', '1970'],
  ])('of %s names the periods of %s', (zone, iso, hour, day, ...rest) => {
    const calendar = new Calendar(zone);
    const names = PERIODS.map((period) => calendar.periodOf(at(iso), period));
    expect(names).toEqual([`${day} ${hour}`, day, ...rest]);
  });

  test('tells the two hours apart that have one name where clocks are put back', () => {
    const berlin = new Calendar('Europe/Berlin');
    const [first, second] = [at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')];
    expect(berlin.periodOf(first, 'hourly')).toBe('2026-10-25 02:00+02:00');
    expect(berlin.periodOf(second, 'hourly')).toBe('2026-10-25 02:00+01:00');
    expect(berlin.periodOf(first, 'daily')).toBe(berlin.periodOf(second, 'daily'));
  });

  test.each([
    ['UTC', '2026-11-21T20:00:00Z', '7d', '2026-11-14T20:00:00Z'],
    ['UTC', '2026-11-21T20:00:00Z', '1y5m7d2h', '2025-06-14T18:00:00Z'],
    // As a calendar has it: 28 February and three days more.
    ['UTC', '2026-03-31T00:00:00Z', '1m', '2026-03-03T00:00:00Z'],
    ['UTC', '2024-02-29T00:00:00Z', '1y', '2023-03-01T00:00:00Z'],
    // A day that had 25 hours.
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '1d', '2026-10-24T11:00:00Z'],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '24h', '2026-10-24T12:00:00Z'],
  ])('of %s: %s without %s is %s', (zone, iso, text, before) => {
    const span = parseSpan(text);
    if (!span) throw new Error('a span');
    expect(new Date(new Calendar(zone).before(at(iso), span)).toISOString()).toBe(
      new Date(before).toISOString(),
    );
  });

  test('has no beginning', () => {
    const [long, longest] = [parseSpan('99y'), parseSpan('999999y')];
    if (!long || !longest) throw new Error('spans');
    expect(new Calendar('UTC').before(at('2026-11-21T00:00:00Z'), long)).toBe(-Infinity);
    expect(new Calendar('UTC').before(at('2026-11-21T00:00:00Z'), longest)).toBe(-Infinity);
  });

  test('bears any time that a snapshot can hold', () => {
    for (const timeMs of [0, 1, 8.64e15, Number.MAX_SAFE_INTEGER]) {
      for (const zone of ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
        const calendar = new Calendar(zone);
        for (const period of PERIODS) expect(calendar.periodOf(timeMs, period)).toMatch(/\d/);
      }
    }
  });

  test('of a zone that nobody knows is refused', () => {
    expect(() => new Calendar('Mars/Olympus')).toThrow(/no time zone 'Mars/);
  });
});
