import { expect, test } from 'vitest';
import { gcStateOf, loadGcState, saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import { GC_PREFIX } from '../../../src/vault/pack-key.ts';
import { TimedVault } from '../../jobs/prune/prune-vault.ts';

const SNAPSHOT = {
  id: '11'.repeat(16),
  sha256: '22'.repeat(32),
  host: 'h',
  sequence: 1,
  timeMs: 1,
};

/** Does `work` after the next listing of records, before any of them is read. */
function afterListing(timed: TimedVault, work: () => Promise<void>): void {
  const list = timed.store.list.bind(timed.store);
  timed.store.list = async function* (prefix, signal) {
    const objects = [];
    for await (const object of list(prefix, signal)) objects.push(object);
    if (prefix === GC_PREFIX) {
      timed.store.list = list;
      await work();
    }
    yield* objects;
  };
}

test('records that take the place of a listed one before it is read are seen', async () => {
  const timed = await TimedVault.create();
  await using vault = await timed.open();
  const forgotten = { type: 'forgotten', timeMs: 1, graceMs: 1, snapshots: [SNAPSHOT] } as const;
  const record = await saveGcRecord(vault, forgotten);
  const announced = await saveGcRecord(vault, { type: 'run', timeMs: 1, program: 'test' });
  afterListing(timed, async () => {
    await saveGcRecord(vault, { type: 'undeleted', timeMs: 1, record, snapshots: [SNAPSHOT.id] });
    await timed.store.delete(GC_PREFIX + announced);
  });
  const { forgotten: tombstones } = await loadGcState(vault);
  expect([...tombstones]).toEqual([]);
});

test('a record that is listed for ever and is not there is passed over', async () => {
  const timed = await TimedVault.create();
  await using vault = await timed.open();
  const ghost = GC_PREFIX + (await saveGcRecord(vault, { type: 'run', timeMs: 1, program: 't' }));
  const list = timed.store.list.bind(timed.store);
  await timed.store.delete(ghost);
  timed.store.list = async function* (prefix, signal) {
    if (prefix === GC_PREFIX) yield { key: ghost, sizeBytes: 1, modifiedMs: 1 };
    yield* list(prefix, signal);
  };
  expect(await loadGcState(vault)).toEqual(gcStateOf([]));
});
