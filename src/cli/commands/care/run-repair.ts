/**
 * What all repairs of an opened vault have in common.
 * @module
 */
import type { Vault } from '../../../vault/vault.ts';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import type { WordsFlags } from '../../options/vault-options.ts';
import type { ShownEvent } from './repair-view.ts';

export interface RepairFlags extends WordsFlags {
  readonly dryRun?: boolean;
}

/**
 * Opens the vault, past all copies on this machine, and shows what the job does.
 * @returns 13 where damage is left that it cannot mend
 */
export async function runRepair<Job>(
  context: CommandContext<RepairFlags>,
  loadJob: () => Promise<Job>,
  start: (job: Job, vault: Vault) => AsyncIterable<ShownEvent>,
): Promise<ExitCode> {
  const { openNamedVault } = await import('../../compose.ts');
  const needs = { writes: true, noCache: true, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const job = await loadJob();
  const { showRepair } = await import('./repair-view.ts');
  return await showRepair(start(job, vault), context);
}
