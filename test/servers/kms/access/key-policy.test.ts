import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allows } from '../../../../src/servers/kms/access/evaluate-policy.ts';
import { parseKeyPolicy } from '../../../../src/servers/kms/access/key-policy.ts';
import { contextKey } from '../../../../src/servers/kms/access/policy-condition.ts';
import { fitsWildcards } from '../../../../src/servers/policy/pattern.ts';
import { userArn } from '../../../../src/servers/kms/access/policy-principal.ts';
import { defaultPolicy } from '../../../../src/servers/kms/keys/default-policy.ts';
import { KmsError } from '../../../../src/servers/kms/kms-error.ts';

const ACCOUNT = '000000000000';
const KEY_ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:key/32b44e63-1351-42d3-8684-868bfe8c8d63`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const ALICE = userArn(ACCOUNT, 'alice');
const BOB = userArn(ACCOUNT, 'bob');

const ALLOW_ALL = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };

interface Asked {
  readonly by?: string;
  readonly action?: string;
  readonly facts?: Readonly<Record<string, readonly string[]>>;
}

function decides(statements: object | readonly object[], asked: Asked = {}): boolean {
  const policy = parseKeyPolicy(JSON.stringify({ Statement: statements }), ACCOUNT);
  const { by = ALICE, action = 'Encrypt', facts = {} } = asked;
  const known = new Map(Object.entries(facts));
  return allows(policy, { principalArn: by, action, keyArn: KEY_ARN, facts: known });
}

function refuses(policy: unknown): void {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  expect(() => parseKeyPolicy(text, ACCOUNT)).toThrow(
    expect.objectContaining({ code: 'MalformedPolicyDocumentException' }),
  );
}

const refusesStatement = (changes: object): void =>
  refuses({ Version: '2012-10-17', Statement: [{ ...ALLOW_ALL, ...changes }] });

describe('what cannot be enforced is refused', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no statement', '{}'],
    ['an empty list of statements', '{"Statement":[]}'],
    ['another version', JSON.stringify({ Version: '2030-01-01', Statement: ALLOW_ALL })],
    ['an unknown element', JSON.stringify({ Statement: ALLOW_ALL, Rules: [] })],
    ['more than 32 KiB', JSON.stringify({ Id: 'x'.repeat(33_000), Statement: ALLOW_ALL })],
  ])('%s', (_, text) => refuses(text));

  test.each([
    ['no effect', { Effect: undefined }],
    ['an effect of another case', { Effect: 'allow' }],
    ['no principal', { Principal: undefined }],
    ['a principal of another account', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } }],
    ['a role', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/admin` } }],
    ['a wildcard in a user', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/*` } }],
    ['a service', { Principal: { Service: 's3.amazonaws.com' } }],
    ['a service beside users', { Principal: { AWS: '*', Service: 's3.amazonaws.com' } }],
    ['an empty list of principals', { Principal: { AWS: [] } }],
    ['NotPrincipal', { NotPrincipal: { AWS: ALICE } }],
    ['no action', { Action: undefined }],
    ['NotAction', { Action: undefined, NotAction: 'kms:Decrypt' }],
    ['an action of another service', { Action: 's3:GetObject' }],
    ['an action that is no text', { Action: [7] }],
    ['no resource', { Resource: undefined }],
    ['a resource of another service', { Resource: 'arn:aws:s3:::bucket' }],
    ['an unknown operator', { Condition: { NumericEquals: { 'kms:KeySpec': '1' } } }],
    ['an operator that every object has', { Condition: { toString: { 'kms:KeySpec': '1' } } }],
    ['an unknown condition key', { Condition: { StringEquals: { 'aws:SourceIp': '1' } } }],
    [
      'a context without a name',
      { Condition: { StringEquals: { 'kms:EncryptionContext:': 'x' } } },
    ],
    ['a policy variable', { Condition: { StringEquals: { 'kms:KeySpec': '${aws:username}' } } }],
    ['Bool with a word', { Condition: { Bool: { 'aws:SecureTransport': 'perhaps' } } }],
    ['a condition without values', { Condition: { StringEquals: { 'kms:KeySpec': [] } } }],
    ['conditions in a list', { Condition: [] }],
  ])('a statement with %s', (_, changes) => refusesStatement(changes));

  test('any damage to a sound policy either parses or is refused with the one error', () => {
    const sound = JSON.stringify({
      Statement: [{ ...ALLOW_ALL, Condition: { StringLike: { 'kms:EncryptionContext:a': 'b*' } } }],
    });
    const damaged = fc.tuple(fc.nat(sound.length - 1), fc.string({ minLength: 0, maxLength: 3 }));
    fc.assert(
      fc.property(damaged, ([at, text]) => {
        try {
          parseKeyPolicy(sound.slice(0, at) + text + sound.slice(at + 1), ACCOUNT);
        } catch (error) {
          expect(error).toBeInstanceOf(KmsError);
        }
      }),
    );
  });
});

describe('who may do what', () => {
  test('the default policy leaves it to the access key', () => {
    const policy = parseKeyPolicy(defaultPolicy(ACCOUNT), ACCOUNT);
    const question = { principalArn: BOB, action: 'Decrypt', keyArn: KEY_ARN, facts: new Map() };
    expect(allows(policy, question)).toBe(true);
  });

  test('what no statement allows is denied', () => {
    expect(decides({ ...ALLOW_ALL, Action: 'kms:Decrypt' })).toBe(false);
    expect(decides({ ...ALLOW_ALL, Principal: { AWS: BOB } })).toBe(false);
    expect(decides({ ...ALLOW_ALL, Resource: KEY_ARN.replace('32b4', '0000') })).toBe(false);
  });

  test('a Deny wins over every Allow, wherever it stands', () => {
    const deny = { ...ALLOW_ALL, Effect: 'Deny', Principal: { AWS: ALICE } };
    for (const statements of [
      [deny, ALLOW_ALL],
      [ALLOW_ALL, deny],
    ]) {
      expect(decides(statements, { by: ALICE })).toBe(false);
      expect(decides(statements, { by: BOB })).toBe(true);
    }
  });

  test.each([['*'], [{ AWS: '*' }], [{ AWS: ROOT }], [{ AWS: ACCOUNT }], [{ AWS: [BOB, ALICE] }]])(
    'principal %j is also alice',
    (Principal) => expect(decides({ ...ALLOW_ALL, Principal })).toBe(true),
  );

  test.each([
    ['kms:Encrypt', true],
    ['KMS:encrypt', true],
    ['kms:En*', true],
    ['kms:?ncrypt', true],
    ['*', true],
    ['kms:Encrypt2', false],
    ['kms:ReEncrypt*', false],
  ])('action %s means Encrypt: %s', (Action, expected) => {
    expect(decides({ ...ALLOW_ALL, Action })).toBe(expected);
  });

  test('the key’s own ARN and patterns of it are the key', () => {
    for (const Resource of [KEY_ARN, `arn:aws:kms:*:${ACCOUNT}:key/*`]) {
      expect(decides({ ...ALLOW_ALL, Resource })).toBe(true);
    }
  });
});

describe('conditions', () => {
  const app = contextKey('app');
  const key = 'kms:EncryptionContext:app';
  const cases: readonly (readonly [string, object, Asked['facts'], boolean])[] = [
    ['equal', { StringEquals: { [key]: 'pay' } }, { [app]: ['pay'] }, true],
    ['one of several', { StringEquals: { [key]: ['x', 'pay'] } }, { [app]: ['pay'] }, true],
    ['another', { StringEquals: { [key]: 'pay' } }, { [app]: ['Pay'] }, false],
    ['absent', { StringEquals: { [key]: 'pay' } }, {}, false],
    ['absent, if it exists', { StringEqualsIfExists: { [key]: 'pay' } }, {}, true],
    ['another, if it exists', { StringEqualsIfExists: { [key]: 'pay' } }, { [app]: ['x'] }, false],
    ['equal but for case', { StringEqualsIgnoreCase: { [key]: 'PAY' } }, { [app]: ['pay'] }, true],
    ['not equal', { StringNotEquals: { [key]: 'pay' } }, { [app]: ['x'] }, true],
    ['none of several', { StringNotEquals: { [key]: ['x', 'y'] } }, { [app]: ['y'] }, false],
    ['absent is not equal', { StringNotEquals: { [key]: 'pay' } }, {}, true],
    ['like', { StringLike: { [key]: 'p?y*' } }, { [app]: ['payroll'] }, true],
    ['not like', { StringNotLike: { [key]: 'p*' } }, { [app]: ['payroll'] }, false],
    ['absent, as wished', { Null: { [key]: 'true' } }, {}, true],
    ['there, as wished', { Null: { [key]: false } }, { [app]: ['x'] }, true],
    ['there, but unwished', { Null: { [key]: true } }, { [app]: ['x'] }, false],
    ['both', { StringEquals: { [key]: 'a', 'kms:KeySpec': 'S' } }, { [app]: ['a'] }, false],
    ['via a service', { StringEquals: { 'kms:ViaService': 's3.amazonaws.com' } }, {}, false],
    [
      'over TLS',
      { Bool: { 'aws:SecureTransport': true } },
      { 'aws:securetransport': ['true'] },
      true,
    ],
    ['any key', { 'ForAnyValue:StringEquals': keysAre('a') }, keys('a', 'b'), true],
    ['no key', { 'ForAnyValue:StringEquals': keysAre('c') }, keys('a', 'b'), false],
    ['any of none', { 'ForAnyValue:StringNotEquals': keysAre('c') }, {}, false],
    ['all keys', { 'ForAllValues:StringEquals': keysAre('a', 'b') }, keys('a', 'b'), true],
    ['not all keys', { 'ForAllValues:StringEquals': keysAre('a') }, keys('a', 'b'), false],
    ['all of none', { 'ForAllValues:StringEquals': keysAre('a') }, {}, true],
  ];
  test.each(cases)('%s', (_, Condition, facts = {}, expected) => {
    expect(decides({ ...ALLOW_ALL, Condition }, { facts })).toBe(expected);
  });

  test('names that differ in case only: an Allow wants both to fit, a Deny one', () => {
    const Condition = { StringEquals: { [key]: 'pay' } };
    const facts = { [app]: ['pay', 'other'] };
    expect(decides({ ...ALLOW_ALL, Condition }, { facts })).toBe(false);
    const deny = { ...ALLOW_ALL, Effect: 'Deny', Condition };
    expect(decides([ALLOW_ALL, deny], { facts })).toBe(false);
  });
});

function keys(...names: string[]) {
  return { 'kms:encryptioncontextkeys': names };
}

function keysAre(...names: string[]) {
  return { 'kms:EncryptionContextKeys': names };
}

describe('patterns', () => {
  test('mean what the regular expression means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(text, pattern, (value, sign) => {
        const escaped = sign.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(fitsWildcards(value, sign)).toBe(new RegExp(`^(?:${escaped})$`, 's').test(value));
      }),
      { numRuns: 500 },
    );
  });

  test('made to take long do not', () => {
    const started = performance.now();
    expect(fitsWildcards('a'.repeat(8192), `${'a*'.repeat(500)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
