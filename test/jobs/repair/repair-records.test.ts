import { describe, expect, test } from 'vitest';
import { repairRecords } from '../../../src/jobs/repair/records/repair-records.ts';
import { DEFAULT_SETTINGS } from '../../../src/format/documents/settings.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { loadGcState, saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import { saveSettings } from '../../../src/vault/load-settings.ts';
import { collect, flip, keysUnder, newVault, reopen } from '../../support/test-vault.ts';
import { errors, fingerprint } from './fixture.ts';

/** A vault whose settings were changed once; the key of the change. */
async function changedVault(): Promise<{ store: MemoryStore; changed: string }> {
  const store = new MemoryStore();
  const vault = await newVault(store);
  const [first = ''] = await keysUnder(store, 'config/');
  await saveSettings(vault, { ...DEFAULT_SETTINGS, compression: 'max' }, 2);
  const changed = (await keysUnder(store, 'config/')).find((key) => key !== first) ?? '';
  return { store, changed };
}

describe('repair records', () => {
  test('removes settings that cannot be read, and the newest readable ones hold', async () => {
    const { store, changed } = await changedVault();
    await flip(store, changed, -5);
    expect((await reopen(store)).settingsDamage).toBeDefined();
    const events = await collect(repairRecords(await reopen(store)));
    expect(events.at(-1)).toMatchObject({ objectsRemoved: 1, remaining: 0 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'notice' }));
    const { settings, settingsDamage } = await reopen(store);
    expect({ settings, settingsDamage }).toEqual({ settings: DEFAULT_SETTINGS });
    expect(await errors(await reopen(store))).toEqual([]);
  });

  test('keeps the newest settings where older ones cannot be read', async () => {
    const { store, changed } = await changedVault();
    const [old = ''] = (await keysUnder(store, 'config/')).filter((key) => key !== changed);
    await flip(store, old, -5);
    await collect(repairRecords(await reopen(store)));
    const { settings, settingsDamage } = await reopen(store);
    expect(settings.compression).toBe('max');
    expect(settingsDamage).toBeUndefined();
  });

  test('writes the defaults where there are no settings at all', async () => {
    const { store } = await changedVault();
    for (const key of await keysUnder(store, 'config/')) await store.delete(key);
    expect(await errors(await reopen(store))).toEqual(['settings-missing config/']);
    await collect(repairRecords(await reopen(store)));
    expect(await errors(await reopen(store))).toEqual([]);
  });

  test('removes records that cannot be read, and no others', async () => {
    const { store } = await changedVault();
    const vault = await reopen(store);
    const run = { type: 'run', timeMs: 1, program: 'test' } as const;
    const [kept, lost] = [await saveGcRecord(vault, run), await saveGcRecord(vault, run)];
    await flip(store, `gc/${lost}`, 60);
    await expect(loadGcState(vault)).rejects.toMatchObject({ code: 'object/commitment' });
    await collect(repairRecords(vault));
    expect((await loadGcState(vault)).records.map(({ id }) => id)).toEqual([kept]);
  });

  test('changes nothing in a dry run, or where all can be read', async () => {
    const { store, changed } = await changedVault();
    const whole = await fingerprint(store);
    await collect(repairRecords(await reopen(store)));
    expect(await fingerprint(store)).toBe(whole);
    await flip(store, changed, -5);
    const damaged = await fingerprint(store);
    const events = await collect(repairRecords(await reopen(store), { dryRun: true }));
    expect(events.at(-1)).toMatchObject({ objectsRemoved: 1, dryRun: true });
    expect(await fingerprint(store)).toBe(damaged);
  });
});
