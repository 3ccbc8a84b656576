/**
 * `cybs3 vault list`
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';
import { table } from '../../render/table.ts';

export function addVaultList(parent: Command, host: CommandHost): void {
  parent
    .command('list')
    .summary('list the remembered vaults')
    .description('List the remembered vaults. A star marks the default.')
    .action(
      host.action<object>(async ({ io, out }) => {
        const { SavedVaults } = await import('../../config/saved-vaults.ts');
        const saved = await SavedVaults.open(io);
        const { defaultName } = saved;
        const vaults = saved.names().map((name) => {
          const { location } = saved.get(name);
          return { name, location, isDefault: name === defaultName };
        });
        if (out.json) return out.document('vaults', { vaults });
        if (vaults.length === 0) return out.note('no vault is remembered');
        const columns = [{ title: '' }, { title: 'name' }, { title: 'location' }];
        const rows = vaults.map((one) => [one.isDefault ? '*' : '', one.name, one.location]);
        await out.result(table(columns, rows));
      }),
    );
}
