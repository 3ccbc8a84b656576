/**
 * `cybs3 copy [snapshots…] --to <vault>`
 * @module
 */
import { Option, type Command } from 'commander';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { addFilterOptions, filterOf, type FilterFlags } from '../../options/snapshot-filter.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import {
  addDestinationOptions,
  openDestination,
  type DestinationFlags,
} from './copy-destination.ts';

interface CopyFlags extends WordsFlags, FilterFlags, DestinationFlags {
  readonly dryRun?: boolean;
}

const EXAMPLES = `
Copies are decrypted here and encrypted for the other vault: no key is shared. What is
there already is not copied again, nor what was forgotten there, unless it is named.
Of a saved vault, and of CYBS3_TO_* variables (CYBS3_TO_ENDPOINT …), all settings count.

Examples:
  cybs3 copy --to /mnt/disk/vault --to-mnemonic-file other-words.txt
  cybs3 copy --vault s3://a/laptop --to s3://b/laptop --to-profile offsite --tag keep
  cybs3 copy latest 4f2a --to offsite --dry-run`;

export function addCopy(parent: Command, host: CommandHost): void {
  const command = parent
    .command('copy')
    .argument('[snapshots...]', 'the first digits of their ids, or latest (default: all)')
    .summary('copy snapshots into another vault')
    .description('Copy snapshots into another vault, all of them or those that are named.');
  addDestinationOptions(command);
  addFilterOptions(command);
  command.addOption(new Option('-n, --dry-run', 'only say what would be copied').helpGroup('How:'));
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<CopyFlags>(runCopy));
}

async function runCopy(
  context: CommandContext<CopyFlags>,
  ...selectors: string[]
): Promise<ExitCode> {
  const { flags, io, signal } = context;
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/copy/copy.ts');
  const dryRun = flags.dryRun ?? false;
  await using target = await openDestination(context, !dryRun);
  await using source = await openNamedVault(context, { writes: false, meanwhile: loadJob });
  const { copy } = await loadJob();
  const { copyView } = await import('./copy-view.ts');
  const { exitCodeOf, runJob } = await import('../../render/job.ts');
  const events = copy(source, target, { selectors, filter: filterOf(flags, io), dryRun, signal });
  return exitCodeOf(await runJob(events, context, copyView));
}
