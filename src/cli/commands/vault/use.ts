/**
 * `cybs3 vault use <name>`
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';

export function addVaultUse(parent: Command, host: CommandHost): void {
  parent
    .command('use')
    .argument('<name>', 'a remembered vault')
    .summary('choose the default vault')
    .description('Choose the vault that is meant when none is named.')
    .action(
      host.action<object>(async ({ io, out }, name = '') => {
        const { SavedVaults } = await import('../../config/saved-vaults.ts');
        const vaults = await SavedVaults.open(io);
        vaults.use(name);
        if (out.json) await out.document('vault', { name, isDefault: true });
        out.note(`${name} is the default now`);
      }),
    );
}
