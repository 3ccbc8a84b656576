import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_OPERATIONS } from '../../../../src/servers/s3/all-operations.ts';
import { levelsOfActions } from '../../../../src/servers/s3/policy/actions.ts';
import { parsePolicy } from '../../../../src/servers/s3/policy/parse-policy.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';

const STATEMENT = {
  Sid: 'one',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:DeleteObject',
  Resource: 'arn:aws:s3:::box/*',
};

const BUCKET = { ...STATEMENT, Resource: 'arn:aws:s3:::box' };

function text(statement: object, version: unknown = '2012-10-17'): string {
  return JSON.stringify({ Version: version, Statement: [statement] });
}

function refusal(policy: string): string {
  try {
    parsePolicy(policy, 'box');
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'taken';
}

describe('a policy', () => {
  it('is taken with all that is known', () => {
    const policy = parsePolicy(
      JSON.stringify({
        Version: '2012-10-17',
        Id: 'all of it',
        Statement: [
          STATEMENT,
          {
            Effect: 'Allow',
            Principal: { AWS: ['arn:aws:iam::000000000000:user/ann', '000000000000'] },
            NotAction: ['s3:Put*', 's3:Delete*'],
            NotResource: 'arn:aws:s3:::box/secret/*',
            Condition: {
              'ForAnyValue:StringLikeIfExists': { 's3:prefix': ['a*', 'b*'] },
              NumericLessThan: { 's3:max-keys': 10 },
              Bool: { 'aws:SecureTransport': true },
              Null: { 's3:ExistingObjectTag/Keep': 'true' },
              DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
              NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] },
              ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' },
            },
          },
        ],
      }),
      'box',
    );
    expect(policy.statements).toHaveLength(2);
    expect(policy.statements[1]?.conditions).toHaveLength(7);
  });

  it('may have one statement without a list, and resources that begin with the bucket', () => {
    expect(refusal(JSON.stringify({ Statement: STATEMENT }))).toBe('taken');
    const both = { ...STATEMENT, Action: 's3:*', Resource: 'arn:aws:s3:::box*' };
    expect(refusal(text(both))).toBe('taken');
  });

  it.each([
    ['another version', text(STATEMENT, '2020-01-01')],
    ['no statement', JSON.stringify({ Version: '2012-10-17', Statement: [] })],
    ['an unknown field', text({ ...STATEMENT, Effects: 'Deny' })],
    ['an unknown field at the top', JSON.stringify({ Statement: STATEMENT, Extra: 1 })],
    ['another effect', text({ ...STATEMENT, Effect: 'deny' })],
    ['no principal', text({ ...STATEMENT, Principal: undefined })],
    ['two principals', text({ ...STATEMENT, NotPrincipal: '*' })],
    ['a principal of another kind', text({ ...STATEMENT, Principal: { Service: 'x' } })],
    ['a principal of another account', text({ ...STATEMENT, Principal: { AWS: '123456789012' } })],
    [
      'a principal with a wildcard',
      text({ ...STATEMENT, Principal: { AWS: 'arn:aws:iam::000000000000:user/a*' } }),
    ],
    [
      'Allow for all but some',
      text({ ...STATEMENT, Effect: 'Allow', Principal: undefined, NotPrincipal: '*' }),
    ],
    ['an unknown action', text({ ...STATEMENT, Action: 's3:DeleteObjekt' })],
    ['an action of another service', text({ ...STATEMENT, Action: 'kms:Decrypt' })],
    ['an empty list of actions', text({ ...STATEMENT, Action: [] })],
    ['a list that holds a number', text({ ...STATEMENT, Action: ['s3:*', 1] })],
    ['another bucket', text({ ...STATEMENT, Resource: 'arn:aws:s3:::boxes/*' })],
    ['any bucket', text({ ...STATEMENT, Resource: '*' })],
    ['an object action on a bucket', text({ ...STATEMENT, Resource: 'arn:aws:s3:::box' })],
    ['a bucket action on objects', text({ ...STATEMENT, Action: 's3:ListBucket' })],
    ['an object action too many', text({ ...BUCKET, Action: ['s3:ListBucket', 's3:GetObject'] })],
    ['a variable that is not known', text({ ...STATEMENT, Resource: 'arn:aws:s3:::box/${aws:x}' })],
    ['a field given twice', text(STATEMENT).replace('"Effect"', '"Effect":"Allow","Effect"')],
    ['a condition given twice', `{"Statement":${JSON.stringify(STATEMENT)},"Statement":[]}`],
    ['more than 20 KB', text({ ...STATEMENT, Sid: 'x'.repeat(20 * 1024) })],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['nothing', ''],
    ['deep nests', '['.repeat(10_000) + ']'.repeat(10_000)],
  ])('is refused with %s', (_, policy) => {
    expect(refusal(policy)).toBe('MalformedPolicy');
  });

  const odd: object[] = [
    { StringMatches: { 's3:prefix': 'a' } },
    { StringEquals: { 's3:prefixes': 'a' } },
    { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
    { StringEquals: { 's3:ExistingObjectTag/': 'a' } },
    { StringEquals: 'a' },
    { StringEquals: { 's3:prefix': [] } },
    { StringEquals: { 's3:prefix': null } },
    { NumericLessThan: { 's3:max-keys': 'ten' } },
    { DateLessThan: { 'aws:CurrentTime': 'tomorrow' } },
    { Bool: { 'aws:SecureTransport': 'yes' } },
    { IpAddress: { 'aws:SourceIp': '192.0.2.0/33' } },
    { IpAddress: { 'aws:SourceIp': '192.0.2' } },
    { IpAddress: { 'aws:SourceIp': '192.0.2.0/' } },
    { ArnLike: { 'aws:PrincipalArn': 'user/ann' } },
    { ArnLike: { 'aws:PrincipalArn': 'arn:*:user/ann' } },
    { Null: { 's3:prefix': 'maybe' } },
    { NullIfExists: { 's3:prefix': 'true' } },
    { 'ForEach:StringEquals': { 's3:prefix': 'a' } },
    { constructor: { 's3:prefix': 'a' } },
  ];
  it.each(odd)('is refused with the condition %j', (Condition) => {
    expect(refusal(text({ ...STATEMENT, Condition }))).toBe('MalformedPolicy');
  });

  it('is refused wherever it is cut', () => {
    const whole = text({ ...STATEMENT, Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(refusal(whole)).toBe('taken');
    for (let end = 0; end < whole.length; end++) {
      expect(refusal(whole.slice(0, end))).toBe('MalformedPolicy');
    }
  });

  it('never fails in another way, whatever it is', () => {
    const like = fc.record(
      Object.fromEntries(Object.keys(STATEMENT).map((name) => [name, fc.jsonValue()])),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          like.map((one) => text(one)),
        ),
        (policy) => {
          expect(refusal(policy)).toBe('MalformedPolicy');
        },
      ),
    );
  });
});

it('knows the action of every operation of a bucket or an object', () => {
  const unknown = ALL_OPERATIONS.filter(({ action, level, name }) => {
    if (typeof action !== 'string' || level === 'service' || name === 'CreateBucket') return false;
    // It is asked for each key.
    const about = name === 'DeleteObjects' ? 'object' : level;
    return !levelsOfActions(action).has(about);
  });
  expect(unknown).toEqual([]);
});
