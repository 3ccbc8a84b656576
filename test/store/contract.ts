/**
 * The contract of `src/store/port.ts` as tests; every store passes the same ones.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StorableBytes } from '../../src/base/brand.ts';
import { AppError } from '../../src/base/failure.ts';
import { PAGE_BYTES, pageAlignedMemory } from '../../src/base/page-memory.ts';
import { KiB, MiB } from '../../src/base/units.ts';
import { deleteMany } from '../../src/store/delete-many.ts';
import type { ObjectStore, StoredObject } from '../../src/store/port.ts';

export function storable(bytes: Uint8Array | string): StorableBytes {
  return (typeof bytes === 'string' ? Buffer.from(bytes) : bytes) as StorableBytes;
}

export async function listed(objects: AsyncIterable<StoredObject>): Promise<StoredObject[]> {
  const all: StoredObject[] = [];
  for await (const object of objects) all.push(object);
  return all.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What a call that has to fail failed with. */
export async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw outcome;
}

/** Bytes in shared memory, not at its start, as pack slots are. */
export function sharedBytes(length: number): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(length + 7), 7);
  const block = randomBytes(Math.min(length, 65_537));
  for (let at = 0; at < length; at += block.length) {
    shared.set(block.subarray(0, Math.min(block.length, length - at)), at);
  }
  return shared;
}

export interface ContractOptions {
  /** How many objects the listing test makes; more than a page of the store where it has pages. */
  readonly listCount?: number;
}

/** @param open makes an empty store; called once for the suite */
export function describeObjectStore(
  name: string,
  open: () => Promise<ObjectStore>,
  options: ContractOptions = {},
): void {
  describe(`${name} keeps the contract of a store:`, () => {
    let store: ObjectStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    describeReadingAndWriting(() => store);
    describeListing(() => store, options.listCount ?? 50);
    describeRefusals(() => store);
  });
}

function describeReadingAndWriting(store: () => ObjectStore): void {
  it.each([0, 1, 1000, 256 * KiB, 3 * MiB + 1])('gives back %i bytes unchanged', async (length) => {
    const body = randomBytes(length);
    await store().put(`sizes/${length}`, storable(body));
    expect(Buffer.compare(await store().get(`sizes/${length}`), body)).toBe(0);
    expect((await store().head(`sizes/${length}`))?.sizeBytes).toBe(length);
  });

  it('stores 32 MiB from shared memory, and leaves them as they were', async () => {
    const body = sharedBytes(32 * MiB);
    const copy = Buffer.from(body);
    await store().put('data/00/shared', storable(body), { tier: 'data' });
    expect(Buffer.compare(await store().get('data/00/shared'), copy)).toBe(0);
    expect(Buffer.compare(body, copy)).toBe(0);
  });

  it('gives the caller bytes of its own', async () => {
    const body = Buffer.from('abc');
    await store().put('own', storable(body));
    body[0] = 0;
    (await store().get('own'))[1] = 0;
    expect(Buffer.from(await store().get('own')).toString()).toBe('abc');
  });

  it('reads the same into memory it is given, or gives its own', async () => {
    const body = Buffer.concat([randomBytes(2 * MiB), randomBytes(MiB + 123)]);
    await store().put('data/00/into', storable(body));
    const ranges = [
      [0, body.length],
      [4096, 2 * MiB],
      [96, MiB + 28],
      [body.length - 700_001, 700_001],
      [5, 10],
    ] as const;
    for (const [offset, length] of ranges) {
      const wanted = body.subarray(offset, offset + length);
      for (const room of [length + 2 * PAGE_BYTES, length, 1]) {
        const into = new Uint8Array(pageAlignedMemory(room), 0, room);
        const got = await store().get('data/00/into', { range: { offset, length }, into });
        expect(Buffer.compare(got, wanted), `${offset}+${length} into ${room}`).toBe(0);
      }
    }
    const into = new Uint8Array(pageAlignedMemory(4 * MiB));
    const whole = await store().get('data/00/into', { into });
    expect(Buffer.compare(whole, body)).toBe(0);
    const range = { offset: body.length - MiB, length: MiB + 1 };
    const beyond = store().get('data/00/into', { range, into });
    await expect(beyond).rejects.toMatchObject({ code: 'object/truncated' });
  });

  it('reads ranges exactly', async () => {
    const body = randomBytes(100_000);
    await store().put('ranges', storable(body));
    const ranges = [
      [0, 1],
      [0, 100_000],
      [99_999, 1],
      [12_345, 54_321],
      [5, 0],
      [100_000, 0],
    ] as const;
    for (const [offset, length] of ranges) {
      const got = await store().get('ranges', { range: { offset, length } });
      expect(Buffer.compare(got, body.subarray(offset, offset + length))).toBe(0);
    }
  });

  it('replaces an object', async () => {
    await store().put('twice', storable('the first and longer one'));
    await store().put('twice', storable('second'));
    expect(Buffer.from(await store().get('twice')).toString()).toBe('second');
  });

  it('deletes, also what is not there', async () => {
    await store().put('gone/soon', storable('x'));
    await store().delete('gone/soon');
    await store().delete('gone/soon');
    await store().delete('never/was/there');
    expect(await store().head('gone/soon')).toBeUndefined();
    expect(await listed(store().list('gone/'))).toEqual([]);
  });

  it('deletes many at once, also what is not there, and nothing else', async () => {
    const keys = ['a', 'b', 'c'].map((name) => `doomed/${name}`);
    for (const key of [...keys, 'doomed/spared']) await store().put(key, storable(key));
    const all = [...keys, 'doomed/never', keys[0] as string, 'nowhere/absent'];
    expect((await deleteMany(store(), new Set(all))).locked).toEqual([]);
    expect((await listed(store().list('doomed/'))).map(({ key }) => key)).toEqual([
      'doomed/spared',
    ]);
    expect(await deleteMany(store(), [])).toEqual({ removed: 0, locked: [] });
    const refusal = { code: 'store/rejected' };
    await expect(deleteMany(store(), ['doomed/spared', '../x'])).rejects.toMatchObject(refusal);
  });

  it('takes many writers at once', async () => {
    const bodies = Array.from({ length: 24 }, (_, n) => randomBytes(50_000 + n));
    await Promise.all(bodies.map((body, n) => store().put(`many/${n % 3}/${n}`, storable(body))));
    const got = await Promise.all(bodies.map((_, n) => store().get(`many/${n % 3}/${n}`)));
    got.forEach((bytes, n) => expect(Buffer.compare(bytes, bodies[n] as Buffer)).toBe(0));
  });

  it('lets exactly one of many win with ifAbsent, where it says that it can', async () => {
    if (!store().capabilities.conditionalPut) return;
    const tries = Array.from({ length: 8 }, (_, n) =>
      store().put('once/only', storable(`writer ${n}`), { ifAbsent: true }),
    );
    const outcomes = await Promise.allSettled(tries);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(7);
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'store/exists' });
    expect(Buffer.from(await store().get('once/only')).toString()).toBe(`writer ${winner}`);
  });
}

function describeListing(store: () => ObjectStore, count: number): void {
  it(`lists ${count} objects once each, under whole folder names only`, async () => {
    const keys = Array.from({ length: count }, (_, n) => `listing/${n % 16}/object-${n}`);
    const next = keys.values();
    const writer = async () => {
      for (const key of next) await store().put(key, storable(key));
    };
    await Promise.all(Array.from({ length: 24 }, writer));
    await store().put('listing-not/1', storable('x'));
    const objects = await listed(store().list('listing/'));
    expect(objects.map(({ key }) => key)).toEqual(keys.sort());
    for (const { key, sizeBytes } of objects) expect(sizeBytes).toBe(key.length);
    const all = await listed(store().list(''));
    expect(all.map(({ key }) => key)).toEqual(expect.arrayContaining([...keys, 'listing-not/1']));
    expect((await listed(store().list('listing/3/'))).length).toBe(Math.ceil((count - 3) / 16));
  });

  it('lists nothing under a prefix that is not there', async () => {
    expect(await listed(store().list('no/such/'))).toEqual([]);
  });

  it('stops listing when told, and goes on working', async () => {
    for await (const object of store().list('')) {
      expect(object.key).not.toBe('');
      break;
    }
    expect(await store().head('twice')).toBeDefined();
  });

  it('sweeps away nothing that is an object', async () => {
    const before = await listed(store().list(''));
    expect(await store().sweep(Date.now() + 86_400_000)).toBe(0);
    expect(await listed(store().list(''))).toEqual(before);
  });
}

function describeRefusals(store: () => ObjectStore): void {
  it('says that an absent object is not there', async () => {
    await expect(store().get('absent')).rejects.toMatchObject({ code: 'store/not-found' });
    const range = { offset: 3, length: 4 };
    const ranged = store().get('data/00/absent', { range });
    await expect(ranged).rejects.toMatchObject({ code: 'store/not-found' });
    expect(await store().head('absent')).toBeUndefined();
    expect(await store().head('data/00/absent')).toBeUndefined();
  });

  it.each([
    [5, 6],
    [11, 1],
    [10, 1],
    [0, 11],
    [1_000_000, 7],
  ])('never gives fewer bytes than asked for (%i+%i of 10)', async (offset, length) => {
    await store().put('ten', storable('0123456789'));
    const got = store().get('ten', { range: { offset, length } });
    await expect(got).rejects.toMatchObject({ code: 'object/truncated' });
  });

  it.each(['', '/', 'a//b', '/a', 'a/', '.', '..', 'a/../b', './a', 'a b', 'ä', 'a\0b', 'a\\b'])(
    'refuses the key %j everywhere',
    async (key) => {
      const refusal = { code: 'store/rejected' };
      await expect(store().put(key, storable('x'))).rejects.toMatchObject(refusal);
      await expect(store().get(key)).rejects.toMatchObject(refusal);
      await expect(store().head(key)).rejects.toMatchObject(refusal);
      await expect(store().delete(key)).rejects.toMatchObject(refusal);
    },
  );

  it.each(['a', '/', '../', 'a/../', 'a//'])('refuses the prefix %j', async (prefix) => {
    await expect(listed(store().list(prefix))).rejects.toMatchObject({ code: 'store/rejected' });
  });

  it('does nothing once it is interrupted', async () => {
    const signal = AbortSignal.abort();
    const interrupted = { code: 'interrupted' };
    await store().put('kept', storable('kept'));
    const put = store().put('data/00/never', storable('x'), { signal });
    await expect(put).rejects.toMatchObject(interrupted);
    await expect(store().get('kept', { signal })).rejects.toMatchObject(interrupted);
    await expect(store().head('kept', signal)).rejects.toMatchObject(interrupted);
    await expect(store().delete('kept', signal)).rejects.toMatchObject(interrupted);
    await expect(listed(store().list('', signal))).rejects.toMatchObject(interrupted);
    expect(await store().head('data/00/never')).toBeUndefined();
    expect(await store().head('kept')).toBeDefined();
  });

  it('leaves nothing of a put that is interrupted on its way', async () => {
    const abort = new AbortController();
    const body = storable(sharedBytes(32 * MiB));
    const put = store().put('data/00/half', body, { tier: 'data', signal: abort.signal });
    setTimeout(() => abort.abort(), 2);
    const outcome = await put.then(
      () => 'whole',
      (error: { code: string }) => error.code,
    );
    if (outcome !== 'whole') {
      expect(outcome).toBe('interrupted');
      expect(await store().head('data/00/half')).toBeUndefined();
    }
  });
}
