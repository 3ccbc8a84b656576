import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesMemberTwice } from '../../../../src/servers/kms/protocol/names-member-twice.ts';

describe('two members of one name', () => {
  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a" : 1, "\\u0061"\n:2}',
    '{"":{},"":[]}',
    '[{"x":{"a":"}","b":[],"a":2}}]',
    '{"a":"\\\\","b":"\\"","a":1}',
    '{"a":{"a":1},"a":2}',
    '{"__proto__":1,"__proto__":2}',
  ])('are seen in %s', (json) => {
    JSON.parse(json);
    expect(namesMemberTwice(json)).toBe(true);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"a\\":1,","b":["a","a"]}',
    '{"a":["{","[","\\"a\\":"],"b":"}"}',
    '"a"',
    '[]',
  ])('are not in %s', (json) => {
    JSON.parse(json);
    expect(namesMemberTwice(json)).toBe(false);
  });

  it('are never in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(namesMemberTwice(JSON.stringify(JSON.parse(json)))).toBe(false);
      }),
    );
  });

  it('are found under every name, however deep', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.nat(20), (name, value, depth) => {
        const quoted = JSON.stringify(name);
        const other = JSON.stringify(value);
        const object = `{${quoted}:${other},"${name}x":0,${quoted} :1}`;
        fc.pre(isJson(object));
        expect(namesMemberTwice('['.repeat(depth) + object + ']'.repeat(depth))).toBe(true);
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
