import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestKms } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

let count = 0;
/** A name that no other test has. */
const newName = (): string => `alias/test-${++count}`;

describe('an alias', () => {
  it('is made, listed, pointed elsewhere and deleted, and its key stays', async () => {
    const AliasName = newName();
    const [one, two] = [await kms.createKey(), await kms.createKey()];
    const createdMs = kms.nowMs;
    expect(await kms.call('CreateAlias', { AliasName, TargetKeyId: one })).toEqual({});
    expect(await kms.describe(AliasName)).toMatchObject({ KeyId: one });
    kms.advance(5000);
    const target = kms.keys.names.keyArn(two);
    expect(await kms.call('UpdateAlias', { AliasName, TargetKeyId: target })).toEqual({});
    expect(await kms.describe(AliasName)).toMatchObject({ KeyId: two });
    const { Aliases } = await kms.call('ListAliases', { KeyId: two });
    expect(Aliases).toEqual([
      {
        AliasName,
        AliasArn: kms.keys.names.aliasArn(AliasName),
        TargetKeyId: two,
        CreationDate: createdMs / 1000,
        LastUpdatedDate: createdMs / 1000 + 5,
      },
    ]);
    expect(await kms.call('DeleteAlias', { AliasName })).toEqual({});
    expect(await kms.errorOf('DescribeKey', { KeyId: AliasName })).toBe('NotFoundException');
    await kms.describe(two);
  });

  it('is one key’s at a time, and is nothing where it is not there', async () => {
    const AliasName = newName();
    const TargetKeyId = await kms.createKey();
    const input = { AliasName, TargetKeyId };
    expect(await kms.errorOf('UpdateAlias', input)).toBe('NotFoundException');
    expect(await kms.errorOf('DeleteAlias', { AliasName })).toBe('NotFoundException');
    await kms.call('CreateAlias', input);
    expect(await kms.errorOf('CreateAlias', input)).toBe('AlreadyExistsException');
  });

  it.each([
    [{ AliasName: 'plain' }, 'ValidationException'],
    [{ AliasName: 'alias/' }, 'ValidationException'],
    [{ AliasName: 'alias/a:b' }, 'ValidationException'],
    [{ AliasName: 'alias/a b' }, 'ValidationException'],
    [{ AliasName: 'alias/é' }, 'ValidationException'],
    [{ AliasName: 'alias/x\n' }, 'ValidationException'],
    [{ AliasName: '' }, 'ValidationException'],
    [{ AliasName: `alias/${'x'.repeat(251)}` }, 'ValidationException'],
    [{ AliasName: undefined }, 'ValidationException'],
    [{ AliasName: 7 }, 'SerializationException'],
    [{ AliasName: 'alias/aws/s3' }, 'InvalidAliasNameException'],
    [{ TargetKeyId: 'alias/other' }, 'ValidationException'],
    [{ TargetKeyId: 'nonsense' }, 'NotFoundException'],
    [{ TargetKeyId: undefined }, 'ValidationException'],
  ])('is not made of %j', async (input, error) => {
    const right = { AliasName: newName(), TargetKeyId: await kms.createKey() };
    expect(await kms.errorOf('CreateAlias', { ...right, ...input })).toBe(error);
  });

  it('moves only between keys of one usage, and not to one pending deletion', async () => {
    const AliasName = newName();
    await kms.call('CreateAlias', { AliasName, TargetKeyId: await kms.createKey() });
    const mac = { AliasName, TargetKeyId: await kms.createMacKey() };
    expect(await kms.errorOf('UpdateAlias', mac)).toBe('ValidationException');
    const TargetKeyId = await kms.createKey();
    await kms.call('ScheduleKeyDeletion', { KeyId: TargetKeyId });
    const pending = { AliasName, TargetKeyId };
    expect(await kms.errorOf('UpdateAlias', pending)).toBe('KMSInvalidStateException');
  });

  it('is one of at most 50 that a key has', async () => {
    const TargetKeyId = await kms.createKey();
    const names = Array.from({ length: 50 }, newName);
    await Promise.all(
      names.map((AliasName) => kms.call('CreateAlias', { AliasName, TargetKeyId })),
    );
    const more = { AliasName: newName(), TargetKeyId };
    expect(await kms.errorOf('CreateAlias', more)).toBe('LimitExceededException');
    // Where it points already, there is no more of it.
    await kms.call('UpdateAlias', { AliasName: names[0], TargetKeyId });
  });

  it('asks for permission on both keys when it moves', async () => {
    const AliasName = newName();
    const [one, two] = [await kms.createKey(), await kms.createKey()];
    await kms.call('CreateAlias', { AliasName, TargetKeyId: one });
    kms.uses.length = 0;
    await kms.call('UpdateAlias', { AliasName, TargetKeyId: two });
    expect(kms.uses.map(({ key, use }) => [key.id, use.action])).toEqual([
      [one, 'UpdateAlias'],
      [two, 'UpdateAlias'],
    ]);
  });
});
