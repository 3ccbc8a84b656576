/**
 * `cybs3 repair snapshots [snapshots…]`
 * @module
 */
import { Option, type Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { duration } from '../../options/parse-duration.ts';
import { addVaultOptions } from '../../options/vault-options.ts';
import { runRepair, type RepairFlags } from './run-repair.ts';

interface SnapshotsFlags extends RepairFlags {
  readonly drop?: boolean;
  readonly zeroFill?: boolean;
  readonly forgetLost?: boolean;
  readonly grace?: number;
}

export function addRepairSnapshots(parent: Command, host: CommandHost): void {
  const command = parent
    .command('snapshots')
    .argument('[snapshots...]', 'the first digits of their ids; all that are damaged')
    .summary('leave out what is lost for good')
    .description(
      'Put a new snapshot in the place of each that cannot be restored whole, without what is\n' +
        'lost. The old one is forgotten then; `cybs3 undelete` has it back as long as the grace.',
    )
    .addOption(new Option('--drop', 'leave out files that lost something (this is the default)'))
    .addOption(
      new Option(
        '--zero-fill',
        'keep them, with zeros in place of what is lost, and marked by the\n' +
          'attribute user.cybs3.damaged',
      ).conflicts('drop'),
    )
    .option('--forget-lost', 'forget snapshots of which nothing can be read')
    .option('-n, --dry-run', 'only say what would be done')
    .option('--grace <duration>', 'how long the old ones can be had back: 24h', duration);
  addVaultOptions(command);
  command.action(host.action<SnapshotsFlags>(runSnapshots));
}

async function runSnapshots(
  context: CommandContext<SnapshotsFlags>,
  ...selectors: string[]
): Promise<ExitCode> {
  const { flags, signal, programVersion } = context;
  const loadJob = () => import('../../../jobs/repair/snapshots/repair-snapshots.ts');
  return runRepair(context, loadJob, ({ repairSnapshots }, vault) => {
    return repairSnapshots(vault, {
      selectors,
      zeroFill: flags.zeroFill ?? false,
      forgetLost: flags.forgetLost ?? false,
      dryRun: flags.dryRun ?? false,
      graceMs: flags.grace,
      program: `cybs3 ${programVersion}`,
      signal,
    });
  });
}
