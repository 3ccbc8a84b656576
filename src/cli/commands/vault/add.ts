/**
 * `cybs3 vault add <name> <url|dir>`
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';
import { addStoreOptions } from '../../options/store-settings.ts';

export function addVaultAdd(parent: Command, host: CommandHost): void {
  const command = parent
    .command('add')
    .argument('<name>', 'what to call it')
    .argument('<url|dir>', 's3://bucket/prefix, or a folder')
    .summary('remember an existing vault')
    .description(
      'Remember an existing vault by name, together with the store settings given here.\n' +
        'The first one becomes the default. Nothing is contacted, and no secret is kept.',
    );
  addStoreOptions(command);
  command
    .addHelpText(
      'after',
      '\nExample:\n  cybs3 vault add home s3://backups/home --endpoint https://s3.example.org',
    )
    .action(
      host.action<object>(async (context, name = '', place = '') => {
        const { locatePlace } = await import('../../config/locate.ts');
        const { SavedVaults } = await import('../../config/saved-vaults.ts');
        const { text: location, settings } = locatePlace(context, place);
        const vaults = await SavedVaults.open(context.io);
        vaults.add(name, { location, settings });
        const isDefault = vaults.defaultName === name;
        if (context.out.json) await context.out.document('vault', { name, location, isDefault });
        context.out.note(`${name} is ${location}${isDefault ? ', and the default' : ''}`);
      }),
    );
}
