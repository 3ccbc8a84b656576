/**
 * `cybs3 repair records`
 * @module
 */
import type { Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { addVaultOptions } from '../../options/vault-options.ts';
import { runRepair, type RepairFlags } from './run-repair.ts';

export function addRepairRecords(parent: Command, host: CommandHost): void {
  const command = parent
    .command('records')
    .summary('remove settings and records that cannot be read')
    .description(
      'Remove settings, and records of what was forgotten or condemned, that cannot be read, so\n' +
        'that backups and prunes work again. The newest readable settings hold from then on.',
    )
    .option('-n, --dry-run', 'only say what would be done');
  addVaultOptions(command);
  command.action(host.action<RepairFlags>(runRecords));
}

async function runRecords(context: CommandContext<RepairFlags>): Promise<ExitCode> {
  const { flags, signal } = context;
  const loadJob = () => import('../../../jobs/repair/records/repair-records.ts');
  return runRepair(context, loadJob, ({ repairRecords }, vault) => {
    return repairRecords(vault, { dryRun: flags.dryRun ?? false, signal });
  });
}
