import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { ACCOUNT, EVERYTHING, TestKms } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

let KeyId = '';
beforeEach(async () => {
  KeyId = await kms.createKey();
  kms.principal = EVERYTHING;
});

const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue });

async function tagsOf(id: string): Promise<unknown> {
  return (await kms.call('ListResourceTags', { KeyId: id }))['Tags'];
}

describe('tags', () => {
  it('are added, given other values, and taken away', async () => {
    expect(await kms.call('TagResource', { KeyId, Tags: [tag('a', '1'), tag('b', '')] })).toEqual(
      {},
    );
    await kms.call('TagResource', { KeyId, Tags: [tag('a', '2'), tag('C', '3')] });
    expect(await tagsOf(KeyId)).toEqual([tag('C', '3'), tag('a', '2'), tag('b', '')]);
    expect(await kms.call('UntagResource', { KeyId, TagKeys: ['a', 'none'] })).toEqual({});
    expect(await tagsOf(KeyId)).toEqual([tag('C', '3'), tag('b', '')]);
  });

  it('are at most 50: what would be more changes nothing', async () => {
    const many = Array.from({ length: 49 }, (_, i) => tag(`t${i}`, ''));
    await kms.call('TagResource', { KeyId, Tags: many });
    const two = { KeyId, Tags: [tag('x', ''), tag('y', '')] };
    expect(await kms.errorOf('TagResource', two)).toBe('TagException');
    expect(kms.keys.tags.countOf(KeyId)).toBe(49);
    await kms.call('TagResource', { KeyId, Tags: [tag('x', ''), tag('t0', 'again')] });
  });

  it.each([
    ['TagResource', {}, 'ValidationException'],
    ['TagResource', { Tags: [tag('a', '1'), tag('a', '2')] }, 'TagException'],
    ['TagResource', { Tags: [tag('AWS:x', '')] }, 'TagException'],
    ['TagResource', { Tags: [tag('k'.repeat(129), '')] }, 'ValidationException'],
    ['TagResource', { Tags: [tag('k', 'v'.repeat(257))] }, 'ValidationException'],
    ['TagResource', { Tags: Array.from({ length: 51 }, () => tag('a', '')) }, 'TagException'],
    ['TagResource', { Tags: [tag('\udc00', '')] }, 'SerializationException'],
    ['TagResource', { Tags: [null] }, 'SerializationException'],
    ['UntagResource', {}, 'ValidationException'],
    ['UntagResource', { TagKeys: [''] }, 'ValidationException'],
    ['UntagResource', { TagKeys: ['aws:x'] }, 'TagException'],
    ['UntagResource', { TagKeys: [5] }, 'SerializationException'],
    ['UntagResource', { TagKeys: Array.from({ length: 51 }, () => 'a') }, 'TagException'],
  ])('%s refuses %j', async (operation, input, error) => {
    expect(await kms.errorOf(operation, { KeyId, ...input })).toBe(error);
    expect(await tagsOf(KeyId)).toEqual([]);
  });
});

/** @param principal to whom everything is allowed */
function policyFor(principal: string): string {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const SOMEBODY_ELSE = `arn:aws:iam::${ACCOUNT}:user/else`;

describe('policies', () => {
  it('are AWS’s own where none was given', async () => {
    const { Policy, PolicyName } = await kms.call('GetKeyPolicy', { KeyId });
    expect(PolicyName).toBe('default');
    expect(JSON.parse(String(Policy))).toEqual({
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: ROOT },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    });
  });

  it('are kept to the letter, from CreateKey and from PutKeyPolicy', async () => {
    const Policy = ` ${policyFor(ROOT)}\n`;
    const made = await kms.createKey({ Policy });
    expect(await kms.call('GetKeyPolicy', { KeyId: made })).toMatchObject({ Policy });
    const input = { KeyId, Policy, PolicyName: 'default' };
    expect(await kms.call('PutKeyPolicy', input)).toEqual({});
    expect(await kms.call('GetKeyPolicy', input)).toMatchObject({ Policy });
  });

  it('are listed by the one name there is', async () => {
    const list = { PolicyNames: ['default'], Truncated: false };
    expect(await kms.call('ListKeyPolicies', { KeyId })).toEqual(list);
    for (const operation of ['GetKeyPolicy', 'PutKeyPolicy']) {
      const input = { KeyId, PolicyName: 'other', Policy: policyFor(ROOT) };
      expect(await kms.errorOf(operation, input)).toBe('NotFoundException');
    }
  });

  it('do not lock out who puts them, unless that is wanted', async () => {
    const Policy = policyFor(SOMEBODY_ELSE);
    const error = 'MalformedPolicyDocumentException';
    expect(await kms.errorOf('PutKeyPolicy', { KeyId, Policy })).toBe(error);
    expect(await kms.errorOf('CreateKey', { Policy })).toBe(error);
    const bypass = { Policy, BypassPolicyLockoutSafetyCheck: true };
    await kms.call('PutKeyPolicy', { KeyId, ...bypass });
    await kms.createKey(bypass);
    kms.principal = { ...EVERYTHING, name: 'else' };
    await kms.call('PutKeyPolicy', { KeyId, Policy });
  });

  it.each([
    [{}, 'ValidationException'],
    [{ Policy: '' }, 'ValidationException'],
    [{ Policy: '[]' }, 'MalformedPolicyDocumentException'],
    [{ Policy: '\u0100' }, 'ValidationException'],
    [{ Policy: `${policyFor(ROOT)}${' '.repeat(32_768)}` }, 'LimitExceededException'],
    [{ Policy: ' '.repeat(131_073) }, 'ValidationException'],
    [{ Policy: {} }, 'SerializationException'],
  ])('are not %j', async (input, error) => {
    const before = await kms.call('GetKeyPolicy', { KeyId });
    expect(await kms.errorOf('PutKeyPolicy', { KeyId, ...input })).toBe(error);
    expect(await kms.call('GetKeyPolicy', { KeyId })).toEqual(before);
  });
});
