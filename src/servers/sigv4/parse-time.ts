/**
 * The two ways in which a request says when it was signed.
 * @module
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** The only form of RFC 9110 §5.6.7 that may be sent. */
const HTTP_DATE = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;

/**
 * Reads `20130524T000000Z` or `Fri, 24 May 2013 00:00:00 GMT`.
 * @returns milliseconds since 1970; undefined for anything else, also for a day that no calendar has
 */
export function parseTime(text: string): number | undefined {
  const basic = BASIC.exec(text);
  if (basic) {
    const [, year, month, day, hour, minute, second] = basic.map(Number);
    return timeOf(year, (month ?? 0) - 1, day, [hour, minute, second]);
  }
  const http = HTTP_DATE.exec(text);
  if (!http) return undefined;
  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((i) => Number(http[i]));
  return timeOf(year, MONTHS.indexOf(http[2] ?? ''), day, [hour, minute, second]);
}

function timeOf(
  year = 0,
  month = 0,
  day = 0,
  [hour = 0, minute = 0, second = 0]: readonly (number | undefined)[],
): number | undefined {
  const timeMs = Date.UTC(year, month, day, hour, minute, second);
  const read = new Date(timeMs);
  const isReal =
    year >= 1970 &&
    read.getUTCFullYear() === year &&
    read.getUTCMonth() === month &&
    read.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return isReal ? timeMs : undefined;
}
