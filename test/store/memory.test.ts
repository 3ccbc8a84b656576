import { expect, it } from 'vitest';
import { MemoryStore } from '../../src/store/memory.ts';
import { RetryingStore } from '../../src/store/retry.ts';
import { describeObjectStore, storable } from './contract.ts';

describeObjectStore('the memory store', async () => new MemoryStore());
describeObjectStore(
  'the memory store behind retries',
  async () => new RetryingStore(new MemoryStore()),
);

it('tells times where it has a clock', async () => {
  const store = new MemoryStore({ clock: () => 1234 });
  await store.put('a', storable('x'));
  expect(await store.head('a')).toEqual({ key: 'a', sizeBytes: 1, modifiedMs: 1234 });
});
