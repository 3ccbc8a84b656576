/**
 * `cybs3 repair packs [packs…]`
 * @module
 */
import type { Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { duration } from '../../options/parse-duration.ts';
import { addVaultOptions } from '../../options/vault-options.ts';
import { runRepair, type RepairFlags } from './run-repair.ts';

interface PacksFlags extends RepairFlags {
  readonly grace?: number;
}

export function addRepairPacks(parent: Command, host: CommandHost): void {
  const command = parent
    .command('packs')
    .argument('[packs...]', 'as check names them, or the first digits; all that are damaged')
    .summary('save what can be read of damaged packs')
    .description(
      'Copy every chunk that can be read from damaged packs to new ones, and take the damaged\n' +
        'ones out of the index. Without packs, all contents are read first to find them.',
    )
    .option('-n, --dry-run', 'only say what would be done')
    .option('--grace <duration>', 'how long the damaged packs stay stored: 24h', duration);
  addVaultOptions(command);
  command.action(host.action<PacksFlags>(runPacks));
}

async function runPacks(
  context: CommandContext<PacksFlags>,
  ...packs: string[]
): Promise<ExitCode> {
  const { flags, signal } = context;
  const loadJob = () => import('../../../jobs/repair/packs/repair-packs.ts');
  return runRepair(context, loadJob, ({ repairPacks }, vault) => {
    return repairPacks(vault, {
      packs,
      dryRun: flags.dryRun ?? false,
      graceMs: flags.grace,
      signal,
    });
  });
}
