/**
 * `cybs3 repair index`
 * @module
 */
import type { Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { addVaultOptions } from '../../options/vault-options.ts';
import { runRepair, type RepairFlags } from './run-repair.ts';

interface IndexFlags extends RepairFlags {
  readonly all?: boolean;
}

export function addRepairIndex(parent: Command, host: CommandHost): void {
  const command = parent
    .command('index')
    .summary('make the index anew from the packs')
    .description(
      'Read the directories of packs that no readable index file names, and take packs that are\n' +
        'gone out of the index, so that later backups save again what was in them.',
    )
    .option('--all', 'read the directory of every pack, and replace every index file')
    .option('-n, --dry-run', 'only say what would be done');
  addVaultOptions(command);
  command.action(host.action<IndexFlags>(runIndex));
}

async function runIndex(context: CommandContext<IndexFlags>): Promise<ExitCode> {
  const { flags, signal } = context;
  const loadJob = () => import('../../../jobs/repair/index/repair-index.ts');
  return runRepair(context, loadJob, ({ repairIndex }, vault) => {
    return repairIndex(vault, {
      all: flags.all ?? false,
      dryRun: flags.dryRun ?? false,
      signal,
    });
  });
}
