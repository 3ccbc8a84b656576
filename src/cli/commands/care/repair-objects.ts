/**
 * `cybs3 repair objects`
 * @module
 */
import type { Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { addStoreOptions } from '../../options/store-settings.ts';
import type { RepairFlags } from './run-repair.ts';

export function addRepairObjects(parent: Command, host: CommandHost): void {
  const command = parent
    .command('objects')
    .summary('bring back what was deleted or written over in a bucket with versions')
    .description(
      'Make every object what it was when first written, in a bucket that keeps versions:\n' +
        'where somebody deleted or changed objects who had no words. Yours are not needed.',
    )
    .option('-n, --dry-run', 'only say what would be done');
  addStoreOptions(command);
  command.action(host.action<RepairFlags>(runObjects));
}

async function runObjects(context: CommandContext<RepairFlags>): Promise<ExitCode> {
  const { flags, signal, clock } = context;
  const { openLocatedStore } = await import('../../compose.ts');
  const { locateVault } = await import('../../config/locate.ts');
  const { recoverObjects } = await import('../../../jobs/recover/recover.ts');
  const { showRepair } = await import('./repair-view.ts');
  const store = await openLocatedStore(await locateVault(context), context);
  try {
    const events = recoverObjects(store, { dryRun: flags.dryRun ?? false, clock, signal });
    return await showRepair(events, context);
  } finally {
    await store.close();
  }
}
