import { describe, expect, it } from 'vitest';
import { KeyNames } from '../../../../src/servers/kms/keys/key-names.ts';
import { KmsError } from '../../../../src/servers/kms/kms-error.ts';

const ID = '01234567-89ab-4cde-8f01-23456789abcd';
const names = new KeyNames('eu-test-1', '000000000000');

function errorOf(text: string): string {
  try {
    names.parse(text);
  } catch (error) {
    if (error instanceof KmsError) return error.code;
    throw error;
  }
  return 'none';
}

describe('the name of a key', () => {
  it('is an id, an alias, or the ARN of either', () => {
    expect(names.parse(ID)).toEqual({ kind: 'key', id: ID });
    expect(names.parse(names.keyArn(ID))).toEqual({ kind: 'key', id: ID });
    expect(names.parse('alias/a/b')).toEqual({ kind: 'alias', name: 'alias/a/b' });
    expect(names.parse(names.aliasArn('alias/x'))).toEqual({ kind: 'alias', name: 'alias/x' });
  });

  it('is spelled as AWS spells ARNs', () => {
    expect(names.keyArn(ID)).toBe(`arn:aws:kms:eu-test-1:000000000000:key/${ID}`);
    expect(names.aliasArn('alias/x')).toBe('arn:aws:kms:eu-test-1:000000000000:alias/x');
  });

  it.each(['', 'x', 'ALIAS/x', `key/${ID}`, ID.toUpperCase(), `${ID}0`, ` ${ID}`, `mrk-${ID}`])(
    'is not %j: there is no such key',
    (text) => {
      expect(errorOf(text)).toBe('NotFoundException');
    },
  );

  it.each([
    'arn:',
    'arn:aws:kms',
    'arn:aws:s3:::bucket',
    'arn:aws:kms:eu-test-1:000000000000:key/',
    'arn:aws:kms:eu-test-1:000000000000:key/x',
    `arn:aws:kms:eu-test-1:000000000000:${ID}`,
    `arn:aws:kms:eu-test-1:000000000000:key/${ID}:more`,
    `arn:aws:kms:eu-test-1:000000000000:key/${ID}\n`,
    `arn:other:kms:eu-test-1:000000000000:key/${ID}`,
  ])('is not the ARN %j', (text) => {
    expect(errorOf(text)).toBe('InvalidArnException');
  });

  it('is of this region and this account', () => {
    expect(errorOf(`arn:aws:kms:us-east-1:000000000000:key/${ID}`)).toBe('NotFoundException');
    expect(errorOf(`arn:aws:kms:eu-test-1:111122223333:key/${ID}`)).toBe('NotFoundException');
  });
});
