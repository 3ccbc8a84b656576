/**
 * `cybs3 repair roots`
 * @module
 */
import type { Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { addVaultOptions } from '../../options/vault-options.ts';
import type { RepairFlags } from './run-repair.ts';

interface RootsFlags extends RepairFlags {
  readonly dropDamaged?: boolean;
}

export function addRepairRoots(parent: Command, host: CommandHost): void {
  const command = parent
    .command('roots')
    .summary('mend vault.json and the key slots')
    .description(
      'Write vault.json again where it is lost or damaged, and see to it that two key slots\n' +
        'open with these words, each under its own name: no single object is the only way in.',
    )
    .option('--drop-damaged', 'remove damaged key slots; they may be for other words')
    .option('-n, --dry-run', 'only say what would be done');
  addVaultOptions(command);
  command.action(host.action<RootsFlags>(runRoots));
}

async function runRoots(context: CommandContext<RootsFlags>): Promise<ExitCode> {
  const { flags, signal } = context;
  const loadJob = () => import('../../../jobs/repair/roots/repair-roots.ts');
  const { openNamedVault } = await import('../../compose.ts');
  const needs = { writes: true, noCache: true, readsIndex: false, mendsRoots: true };
  await using vault = await openNamedVault(context, { ...needs, meanwhile: loadJob });
  const { repairRoots } = await loadJob();
  const { showRepair } = await import('./repair-view.ts');
  const { dropDamaged = false, dryRun = false } = flags;
  return await showRepair(repairRoots(vault, { dropDamaged, dryRun, signal }), context);
}
