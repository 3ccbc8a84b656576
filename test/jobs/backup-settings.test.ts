/** A vault whose settings cannot be read is not written to: they may ask for server-side encryption. */
import { expect, it } from 'vitest';
import { backUp, flip, keysUnder, newVault, reopen } from '../support/test-vault.ts';

it('a backup into a vault with damaged settings is refused', async () => {
  const { store } = await newVault();
  const [key = ''] = await keysUnder(store, 'config/');
  await flip(store, key, 120);
  const vault = await reopen(store);
  const run = backUp(vault, [import.meta.dirname]);
  await expect(run).rejects.toMatchObject({ code: 'object/segment' });
  expect(await keysUnder(store, 'snapshots/')).toEqual([]);
});
