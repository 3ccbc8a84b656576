import { describe, expect, it } from 'vitest';
import type { ObjectVersion } from '../../../../src/servers/s3/model/object-version.ts';
import {
  assertCopyable,
  assertReadable,
  matches,
  readWriteCondition,
} from '../../../../src/servers/s3/objects/preconditions.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const VERSION = { etag: 'abc', modifiedMs: AT, isDeleteMarker: false } as ObjectVersion;
const MARKER = { ...VERSION, isDeleteMarker: true };

const AT_TEXT = new Date(AT).toUTCString();
const BEFORE = new Date(AT - 1000).toUTCString();
const AFTER = new Date(AT + 1000).toUTCString();

type Headers = Record<string, string>;

function codeOf(work: () => void): string {
  try {
    work();
    return 'holds';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const reading = (headers: Headers) => codeOf(() => assertReadable({ headers }, VERSION));
const copying = (headers: Headers) => {
  const named = Object.entries(headers).map(([name, value]) => [
    `x-amz-copy-source-${name}`,
    value,
  ]);
  return codeOf(() => assertCopyable({ headers: Object.fromEntries(named) as Headers }, VERSION));
};

describe('a conditional read', () => {
  it.each<[Headers, string]>([
    [{}, 'holds'],
    [{ 'if-match': '"abc"' }, 'holds'],
    [{ 'if-match': 'abc' }, 'holds'],
    [{ 'if-match': '*' }, 'holds'],
    [{ 'if-match': '"x", "abc"' }, 'holds'],
    [{ 'if-match': '"x"' }, 'PreconditionFailed'],
    [{ 'if-none-match': '"x"' }, 'holds'],
    [{ 'if-none-match': '"abc"' }, 'NotModified'],
    [{ 'if-none-match': 'W/"abc"' }, 'NotModified'],
    [{ 'if-none-match': '*' }, 'NotModified'],
    [{ 'if-modified-since': BEFORE }, 'holds'],
    [{ 'if-modified-since': AT_TEXT }, 'NotModified'],
    [{ 'if-modified-since': AFTER }, 'NotModified'],
    [{ 'if-modified-since': 'yesterday or so' }, 'holds'],
    [{ 'if-unmodified-since': BEFORE }, 'PreconditionFailed'],
    [{ 'if-unmodified-since': AT_TEXT }, 'holds'],
    // A tag that fits makes the date not matter, and so does one that does not.
    [{ 'if-match': '"abc"', 'if-unmodified-since': BEFORE }, 'holds'],
    [{ 'if-none-match': '"abc"', 'if-modified-since': BEFORE }, 'NotModified'],
    [{ 'if-none-match': '"x"', 'if-modified-since': AFTER }, 'holds'],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'PreconditionFailed'],
  ])('with %j: %s, and a copy is refused or not alike', (headers, outcome) => {
    expect(reading(headers)).toBe(outcome);
    expect(copying(headers)).toBe(outcome === 'holds' ? 'holds' : 'PreconditionFailed');
  });

  it('gives a 304 the headers of the answer', () => {
    const headers = { etag: '"abc"' };
    expect(() =>
      assertReadable({ headers: { 'if-none-match': '*' } }, VERSION, () => headers),
    ).toThrow(expect.objectContaining({ headers }));
  });
});

describe('a conditional write', () => {
  const writing = (headers: Headers, ...states: (ObjectVersion | undefined)[]) =>
    codeOf(() => {
      const condition = readWriteCondition({ headers, key: 'a' });
      for (const state of states) condition.check(state);
    });

  it.each<[Headers, string, string, string]>([
    // headers, on an object, on nothing, on a delete marker
    [{}, 'holds', 'holds', 'holds'],
    [{ 'if-none-match': '*' }, 'PreconditionFailed', 'holds', 'holds'],
    [{ 'if-match': '"abc"' }, 'holds', 'NoSuchKey', 'NoSuchKey'],
    [{ 'if-match': '"x"' }, 'PreconditionFailed', 'NoSuchKey', 'NoSuchKey'],
    [{ 'if-match': '*' }, 'holds', 'NoSuchKey', 'NoSuchKey'],
  ])('with %j', (headers, onObject, onNothing, onMarker) => {
    expect(writing(headers, VERSION)).toBe(onObject);
    expect(writing(headers, undefined)).toBe(onNothing);
    expect(writing(headers, MARKER)).toBe(onMarker);
  });

  it('sees what came in between', () => {
    const other = { ...VERSION, etag: 'other' };
    expect(writing({ 'if-none-match': '*' }, undefined, VERSION)).toBe('PreconditionFailed');
    expect(writing({ 'if-match': '"abc"' }, VERSION, other)).toBe('PreconditionFailed');
    expect(writing({ 'if-match': '"abc"' }, VERSION, undefined)).toBe('ConditionalRequestConflict');
    expect(writing({ 'if-match': '"abc"' }, VERSION, MARKER)).toBe('ConditionalRequestConflict');
  });

  it('does not pass over a tag not to match, which AWS does not know either', () => {
    expect(writing({ 'if-none-match': '"abc"' }, undefined)).toBe('NotImplemented');
  });
});

describe('matches', () => {
  it('does not take a piece of a tag for the tag', () => {
    expect(matches('"ab"', 'abc')).toBe(false);
    expect(matches('"abcd"', 'abc')).toBe(false);
    expect(matches('', 'abc')).toBe(false);
  });
});
