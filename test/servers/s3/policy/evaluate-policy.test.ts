import { describe, expect, it } from 'vitest';
import { evaluatePolicy } from '../../../../src/servers/s3/policy/evaluate-policy.ts';
import type { PolicyFacts } from '../../../../src/servers/s3/policy/policy-facts.ts';

const DENY = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::box/*',
};
const ALLOW = { ...DENY, Effect: 'Allow' };

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

interface Asked extends Partial<PolicyFacts> {
  readonly values?: Readonly<Record<string, string | string[]>>;
}

function facts({ values = {}, ...given }: Asked = {}): PolicyFacts {
  return {
    action: 's3:GetObject',
    bucket: 'box',
    resource: 'arn:aws:s3:::box/a/key',
    principalArn: 'arn:aws:iam::000000000000:user/ann',
    principalName: 'ann',
    role: 'full',
    hasScopes: false,
    valuesOf: (key) => {
      const value = values[key];
      return typeof value === 'string' ? [value] : value;
    },
    ...given,
  };
}

describe('statements', () => {
  it('say nothing of what they do not name', () => {
    expect(evaluatePolicy(policy(DENY), facts({ action: 's3:PutObject' }))).toBeUndefined();
    const other = facts({ resource: 'arn:aws:s3:::box' });
    expect(evaluatePolicy(policy(DENY), other)).toBeUndefined();
    const one = { ...DENY, Principal: { AWS: 'arn:aws:iam::000000000000:user/bob' } };
    expect(evaluatePolicy(policy(one), facts())).toBeUndefined();
  });

  it('deny over every allow, in whichever order', () => {
    expect(evaluatePolicy(policy(ALLOW), facts())).toBe('allow');
    expect(evaluatePolicy(policy(ALLOW, DENY), facts())).toBe('deny');
    expect(evaluatePolicy(policy(DENY, ALLOW), facts())).toBe('deny');
  });

  it('take actions in any case, and keys as they are', () => {
    expect(evaluatePolicy(policy({ ...DENY, Action: 'S3:getobject' }), facts())).toBe('deny');
    const upper = { ...DENY, Resource: 'arn:aws:s3:::box/A/*' };
    expect(evaluatePolicy(policy(upper), facts())).toBeUndefined();
  });

  it('are about all but those that a Not… names', () => {
    const all = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::box/*' };
    const { Principal: _, ...nobody } = all;
    const ann = 'arn:aws:iam::000000000000:user/ann';
    const butAnn = { ...nobody, NotPrincipal: { AWS: ann } };
    expect(evaluatePolicy(policy(butAnn), facts())).toBeUndefined();
    const bob = facts({ principalArn: 'arn:aws:iam::000000000000:user/bob' });
    expect(evaluatePolicy(policy(butAnn), bob)).toBe('deny');
    const { Action: __, ...nothing } = all;
    const butReads = { ...nothing, NotAction: 's3:Get*' };
    expect(evaluatePolicy(policy(butReads), facts())).toBeUndefined();
    expect(evaluatePolicy(policy(butReads), facts({ action: 's3:PutObject' }))).toBe('deny');
    const { Resource: ___, ...nowhere } = all;
    const butA = { ...nowhere, NotResource: 'arn:aws:s3:::box/a/*' };
    expect(evaluatePolicy(policy(butA), facts())).toBeUndefined();
    const b = facts({ resource: 'arn:aws:s3:::box/b' });
    expect(evaluatePolicy(policy(butA), b)).toBe('deny');
  });

  it('may give everybody a place of their own', () => {
    const own = { ...ALLOW, Resource: 'arn:aws:s3:::box/${aws:username}/*' };
    const at = (key: string) => facts({ resource: `arn:aws:s3:::box/${key}` });
    expect(evaluatePolicy(policy(own), at('ann/x'))).toBe('allow');
    expect(evaluatePolicy(policy(own), at('bob/x'))).toBeUndefined();
  });

  it('never lock out the owner from the policy itself', () => {
    const all = { ...DENY, Action: 's3:*', Resource: 'arn:aws:s3:::box*' };
    const remove = { action: 's3:DeleteBucketPolicy', resource: 'arn:aws:s3:::box' };
    expect(evaluatePolicy(policy(all), facts(remove))).toBeUndefined();
    expect(evaluatePolicy(policy(all), facts({ ...remove, hasScopes: true }))).toBe('deny');
    expect(evaluatePolicy(policy(all), facts({ ...remove, role: 'read' }))).toBe('deny');
  });

  it('deny all where a stored policy can not be read', () => {
    expect(evaluatePolicy('{"Statement":[{"Effect":"New"}]}', facts())).toBe('deny');
    // Of another bucket.
    expect(evaluatePolicy(policy(ALLOW), facts({ bucket: 'other' }))).toBe('deny');
    expect(evaluatePolicy(policy(ALLOW), facts())).toBe('allow');
  });
});

describe('a condition', () => {
  const cases: [condition: object, values: Asked['values'], isDenied: boolean][] = [
    [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, true],
    [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'B' }, false],
    [{ StringEquals: { 's3:prefix': '*' } }, { 's3:prefix': 'a' }, false],
    [{ StringEquals: { 's3:prefix': 'a' } }, {}, false],
    [{ StringEqualsIfExists: { 's3:prefix': 'a' } }, {}, true],
    [{ StringEqualsIgnoreCase: { 's3:prefix': 'Ab' } }, { 's3:prefix': 'aB' }, true],
    [{ StringNotEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, false],
    [{ StringNotEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'c' }, true],
    [{ StringNotEquals: { 's3:prefix': 'a' } }, {}, true],
    [{ StringLike: { 's3:prefix': 'a*/?' } }, { 's3:prefix': 'a/b/c' }, true],
    [{ StringNotLike: { 's3:prefix': 'a*' } }, { 's3:prefix': 'abc' }, false],
    [{ StringLike: { 's3:prefix': '${aws:username}/*' } }, { 's3:prefix': 'ann/x' }, true],
    [{ NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, true],
    [{ NumericLessThan: { 's3:max-keys': 10 } }, { 's3:max-keys': '10' }, false],
    [{ NumericGreaterThan: { 's3:max-keys': 9 } }, { 's3:max-keys': '10' }, true],
    [{ NumericNotEquals: { 's3:max-keys': 9 } }, { 's3:max-keys': '10' }, true],
    [{ NumericEquals: { 's3:max-keys': 10 } }, { 's3:max-keys': 'ten' }, false],
    [
      { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } },
      { 'aws:currenttime': '2025-12-31T23:59:59.999Z' },
      true,
    ],
    [
      { DateGreaterThan: { 'aws:CurrentTime': '1767225600' } },
      { 'aws:currenttime': '2025-12-31T23:59:59.999Z' },
      false,
    ],
    [{ Bool: { 'AWS:SecureTransport': 'false' } }, { 'aws:securetransport': 'false' }, true],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:securetransport': 'true' }, false],
    [{ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, { 'aws:sourceip': '192.0.2.200' }, true],
    [{ IpAddress: { 'aws:SourceIp': '192.0.2.7' } }, { 'aws:sourceip': '192.0.2.8' }, false],
    [{ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, { 'aws:sourceip': '::1' }, true],
    [{ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, { 'aws:sourceip': '2001:db8::1' }, true],
    [
      { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/a*' } },
      { 'aws:principalarn': 'arn:aws:iam::000000000000:user/ann' },
      true,
    ],
    [{ Null: { 's3:prefix': 'true' } }, {}, true],
    [{ Null: { 's3:prefix': 'true' } }, { 's3:prefix': '' }, false],
    [{ Null: { 's3:prefix': false } }, { 's3:prefix': '' }, true],
    [
      { 'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['a*', 'b'] } },
      { 's3:requestobjecttagkeys': ['a1', 'b'] },
      true,
    ],
    [
      { 'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['a*', 'b'] } },
      { 's3:requestobjecttagkeys': ['a1', 'c'] },
      false,
    ],
    [{ 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': 'a' } }, {}, true],
    [
      { 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': 'a' } },
      { 's3:requestobjecttagkeys': ['b', 'a'] },
      true,
    ],
    [{ 'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': 'a' } }, {}, false],
    [
      { StringNotEquals: { 's3:RequestObjectTagKeys': 'a' } },
      { 's3:requestobjecttagkeys': ['b', 'a'] },
      false,
    ],
    [
      { 'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': 'a' } },
      { 's3:requestobjecttagkeys': ['b', 'a'] },
      true,
    ],
    [
      { StringEquals: { 's3:ExistingObjectTag/Keep': 'yes' } },
      { 's3:existingobjecttag/Keep': 'yes' },
      true,
    ],
    [
      { StringEquals: { 's3:ExistingObjectTag/keep': 'yes' } },
      { 's3:existingobjecttag/Keep': 'yes' },
      false,
    ],
    [
      { StringEquals: { 's3:prefix': 'a', 's3:delimiter': '/' } },
      { 's3:prefix': 'a', 's3:delimiter': '.' },
      false,
    ],
  ];

  it.each(cases)('%j of %j denies: %s', (Condition, values, isDenied) => {
    const verdict = evaluatePolicy(policy({ ...DENY, Condition }), facts({ values: values ?? {} }));
    expect(verdict).toBe(isDenied ? 'deny' : undefined);
  });
});
