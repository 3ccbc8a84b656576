/**
 * `cybs3 vault remove <name>`
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';

export function addVaultRemove(parent: Command, host: CommandHost): void {
  parent
    .command('remove')
    .argument('<name>', 'a remembered vault')
    .summary('forget a remembered vault; its data stays')
    .description('Forget a name and its settings. The vault itself is not touched.')
    .action(
      host.action<object>(async ({ io, out }, name = '') => {
        const { SavedVaults } = await import('../../config/saved-vaults.ts');
        const vaults = await SavedVaults.open(io);
        const { location } = vaults.get(name);
        vaults.remove(name);
        if (out.json) await out.document('vault', { name, location, isRemoved: true });
        out.note(`${name} is forgotten; what is at ${location} stays as it is`);
      }),
    );
}
