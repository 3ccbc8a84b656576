/**
 * `cybs3 vault show [name]`
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';
import { facts } from '../../render/table.ts';

export function addVaultShow(parent: Command, host: CommandHost): void {
  parent
    .command('show')
    .argument('[name]', 'a remembered vault; the default one if left out')
    .summary('show what is remembered of a vault')
    .description(
      'Show where a remembered vault is and how it is reached.\n' +
        'Nothing is contacted, and no secret is shown: none is kept.',
    )
    .action(
      host.action<object>(async ({ io, out }, given?: string) => {
        const { SavedVaults } = await import('../../config/saved-vaults.ts');
        const { AppError } = await import('../../../base/failure.ts');
        const vaults = await SavedVaults.open(io);
        const name = given ?? vaults.defaultName;
        if (name === undefined) throw new AppError('usage', 'there is no default vault');
        const { location, settings } = vaults.get(name);
        const isDefault = name === vaults.defaultName;
        if (out.json) return out.document('vault', { name, location, isDefault, settings });
        const lines = Object.entries(settings).map(
          ([key, value]) =>
            [key, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const,
        );
        const about = [
          ['name', isDefault ? `${name} (default)` : name],
          ['location', location],
          ...lines,
          ['saved in', vaults.path],
        ] as const;
        await out.result(facts(about));
      }),
    );
}
