/**
 * The operators of conditions: how a value of a policy is read, and how it compares.
 * @module
 */
import { BlockList, isIP } from 'node:net';
import type { Comparison } from './condition.ts';
import { matchesPattern, parsePattern } from '../../../policy/pattern.ts';

export interface Operator {
  readonly isNegated: boolean;
  /** Undefined: `text` is not what the operator compares with. */
  read(text: string, hasVariables: boolean): Comparison | undefined;
}

/** By name, without `ForAnyValue:`, `ForAllValues:` and `IfExists`. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...pair('StringEquals', 'StringNotEquals', (text, hasVariables) =>
    readString(text, { hasVariables }),
  ),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', (text, hasVariables) =>
    readString(text, { hasVariables, ignoresCase: true }),
  ),
  ...pair('StringLike', 'StringNotLike', (text, hasVariables) =>
    readString(text, { hasVariables, hasWildcards: true }),
  ),
  // AWS treats the two ways of comparing ARNs alike.
  ...pair('ArnEquals', 'ArnNotEquals', readArn),
  ...pair('ArnLike', 'ArnNotLike', readArn),
  ...pair('IpAddress', 'NotIpAddress', readAddressRange),
  ...ordered('Numeric', readNumber),
  ...ordered('Date', readDate),
  ['Bool', { isNegated: false, read: readBool }],
]);

type Read = Operator['read'];

function pair(name: string, negatedName: string, read: Read): [string, Operator][] {
  return [
    [name, { isNegated: false, read }],
    [negatedName, { isNegated: true, read }],
  ];
}

/** `…Equals`, `…NotEquals` and the four that put values in order. */
function ordered(type: string, parse: (text: string) => number | undefined): [string, Operator][] {
  const by = (fits: (value: number, limit: number) => boolean): Read => {
    return (text) => {
      const limit = parse(text);
      if (limit === undefined) return undefined;
      return (value) => {
        const number = parse(value);
        return number !== undefined && fits(number, limit);
      };
    };
  };
  return [
    ...pair(
      `${type}Equals`,
      `${type}NotEquals`,
      by((a, b) => a === b),
    ),
    [`${type}LessThan`, { isNegated: false, read: by((a, b) => a < b) }],
    [`${type}LessThanEquals`, { isNegated: false, read: by((a, b) => a <= b) }],
    [`${type}GreaterThan`, { isNegated: false, read: by((a, b) => a > b) }],
    [`${type}GreaterThanEquals`, { isNegated: false, read: by((a, b) => a >= b) }],
  ];
}

interface StringOptions {
  readonly hasVariables: boolean;
  readonly hasWildcards?: boolean;
  readonly ignoresCase?: boolean;
}

function readString(text: string, options: StringOptions): Comparison | undefined {
  const { hasVariables, hasWildcards = false, ignoresCase = false } = options;
  const fold = (value: string) => (ignoresCase ? value.toLowerCase() : value);
  const pattern = parsePattern(fold(text), { hasWildcards, hasVariables });
  if (pattern === undefined) return undefined;
  return (value, variables) =>
    matchesPattern(pattern, fold(value), {
      'aws:username': fold(variables['aws:username']),
    });
}

/** Its six parts are compared one by one: a star does not go past a colon, but in the last. */
function readArn(text: string, hasVariables: boolean): Comparison | undefined {
  const parts = splitArn(text);
  if (parts?.[0] !== 'arn') return undefined;
  const patterns = parts.map((part) => parsePattern(part, { hasWildcards: true, hasVariables }));
  if (patterns.includes(undefined)) return undefined;
  return (value, variables) => {
    const given = splitArn(value);
    return (
      given !== undefined &&
      patterns.every((pattern, i) => matchesPattern(pattern ?? [], given[i] ?? '', variables))
    );
  };
}

function splitArn(text: string): readonly string[] | undefined {
  const parts = text.split(':');
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** An address, or a range such as `192.0.2.0/24` or `2001:db8::/32`. */
function readAddressRange(text: string): Comparison | undefined {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  const bitsMax = family === 4 ? 32 : 128;
  const length = bits === undefined ? bitsMax : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (family === 0 || more.length > 0 || length < 0 || length > bitsMax) return undefined;
  const range = new BlockList();
  range.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  return (value) => {
    const valueFamily = isIP(value);
    return valueFamily !== 0 && range.check(value, valueFamily === 4 ? 'ipv4' : 'ipv6');
  };
}

function readNumber(text: string): number | undefined {
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}

/** ISO 8601 as the W3C has it, or seconds since 1970; in milliseconds. */
function readDate(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const isDate = /^\d{4}(-\d\d){1,2}$|^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
  const timeMs = isDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function readBool(text: string): Comparison | undefined {
  const wanted = text.toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') return undefined;
  return (value) => value.toLowerCase() === wanted;
}
