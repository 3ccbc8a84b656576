import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestKms } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

let KeyId = '';
let ids: string[] = [];
beforeAll(async () => {
  const Tags = Array.from({ length: 50 }, (_, i) => ({ TagKey: `é ${i}`, TagValue: `${i}` }));
  KeyId = await kms.createKey({ Tags });
  for (let i = 0; i < 25; i++) {
    const AliasName = `alias/${'x'.repeat(200)}-${i}`;
    await kms.call('CreateAlias', { AliasName, TargetKeyId: KeyId });
    await kms.call('RotateKeyOnDemand', { KeyId });
  }
  const others = await Promise.all(Array.from({ length: 119 }, () => kms.createKey()));
  ids = [KeyId, ...others].sort();
});

/** Every item, page by page. */
async function all(operation: string, member: string, input: object): Promise<unknown[]> {
  const items: unknown[] = [];
  let Marker: unknown;
  do {
    const page = await kms.call(operation, { ...input, ...(Marker !== undefined && { Marker }) });
    const part = page[member] as unknown[];
    expect(part.length).toBeGreaterThan(0);
    items.push(...part);
    expect(page['Truncated']).toBe(page['NextMarker'] !== undefined);
    Marker = page['NextMarker'];
  } while (Marker !== undefined);
  return items;
}

describe('a list', () => {
  it.each([
    ['ListKeys', 'Keys', 120, 7],
    ['ListAliases', 'Aliases', 25, 4],
    ['ListResourceTags', 'Tags', 50, 3],
    ['ListKeyRotations', 'Rotations', 25, 2],
  ])('%s has every item once, in pages of any size', async (operation, member, count, odd) => {
    const input = operation === 'ListKeys' ? {} : { KeyId };
    const whole = await all(operation, member, input);
    expect(whole.length).toBe(count);
    for (const Limit of [1, odd, count - 1, count].filter((limit) => limit <= 50)) {
      expect(await all(operation, member, { ...input, Limit })).toEqual(whole);
    }
  });

  it('of keys has 100 a page where nothing else is asked for, in order', async () => {
    const { Keys, Truncated } = await kms.call('ListKeys');
    expect([(Keys as unknown[]).length, Truncated]).toEqual([100, true]);
    const whole = await all('ListKeys', 'Keys', {});
    const keyArn = (id: string): string => kms.keys.names.keyArn(id);
    expect(whole).toEqual(ids.map((id) => ({ KeyId: id, KeyArn: keyArn(id) })));
  });

  it('of aliases can be of one key or of all', async () => {
    const one = await kms.call('ListAliases', { KeyId: ids.find((id) => id !== KeyId) });
    expect(one).toEqual({ Aliases: [], Truncated: false });
    expect((await all('ListAliases', 'Aliases', {})).length).toBe(25);
    const missing = { KeyId: '00000000-0000-4000-8000-000000000000' };
    expect(await kms.errorOf('ListAliases', missing)).toBe('NotFoundException');
  });

  it('goes on after what it had, whatever was deleted meanwhile', async () => {
    const { NextMarker } = await kms.call('ListAliases', { KeyId, Limit: 2 });
    const { Aliases } = await kms.call('ListAliases', { KeyId });
    const [, second, third] = Aliases as { AliasName: string }[];
    await kms.call('DeleteAlias', { AliasName: second?.AliasName });
    const next = await kms.call('ListAliases', { KeyId, Limit: 1, Marker: NextMarker });
    expect(next['Aliases']).toEqual([third]);
    await kms.call('CreateAlias', { AliasName: second?.AliasName, TargetKeyId: KeyId });
  });

  it.each([
    [{ Limit: 0 }, 'ValidationException'],
    [{ Limit: 1001 }, 'ValidationException'],
    [{ Limit: 1.5 }, 'SerializationException'],
    [{ Marker: '' }, 'ValidationException'],
    [{ Marker: 'x'.repeat(1025) }, 'ValidationException'],
    [{ Marker: 'nonsense' }, 'InvalidMarkerException'],
    [{ Marker: Buffer.from('tags x').toString('base64url') }, 'InvalidMarkerException'],
    [
      { Marker: Buffer.from('keys \xff', 'latin1').toString('base64url') },
      'InvalidMarkerException',
    ],
  ])('refuses %j', async (input, error) => {
    expect(await kms.errorOf('ListKeys', input)).toBe(error);
  });

  it('of rotations takes no marker that is not of a rotation', async () => {
    const Marker = Buffer.from('rotations x').toString('base64url');
    const error = 'InvalidMarkerException';
    expect(await kms.errorOf('ListKeyRotations', { KeyId, Marker })).toBe(error);
  });

  it('of tags has at most 50 a page', async () => {
    const input = { KeyId, Limit: 51 };
    expect(await kms.errorOf('ListResourceTags', input)).toBe('ValidationException');
  });
});
