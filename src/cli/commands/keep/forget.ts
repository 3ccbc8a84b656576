/**
 * `cybs3 forget [ids…]`
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError } from '../../../base/failure.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { duration } from '../../options/parse-duration.ts';
import { addFilterOptions, filterOf, type FilterFlags } from '../../options/snapshot-filter.ts';
import { addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';
import { addRetentionOptions, rulesOf, type RetentionFlags } from './retention-flags.ts';

interface ForgetFlags extends WordsFlags, FilterFlags, RetentionFlags {
  readonly savePolicy?: boolean;
  readonly missing?: boolean;
  readonly allowEmpty?: boolean;
  readonly grace?: number;
  readonly dryRun?: boolean;
}

const EXAMPLES = `
Without ids and rules the vault's own rules hold (--save-policy), or else: 7 daily,
4 weekly, 12 monthly, 7 yearly. Nothing is deleted: \`cybs3 prune\` does that, and until
then, at least for the grace, \`cybs3 undelete\` takes it back.

Examples:
  cybs3 forget --dry-run --keep-daily 7 --keep-weekly 5      which would go, and why
  cybs3 forget --keep-within 30d --keep-tag important --save-policy
  cybs3 forget 4f2a 77b1                                     these two`;

export function addForget(parent: Command, host: CommandHost): void {
  const command = parent
    .command('forget')
    .argument('[ids...]', 'snapshots that go: the first digits of their ids')
    .summary('let old snapshots go')
    .description('Let snapshots go, by name or by rules of what to keep.');
  addRetentionOptions(command);
  addFilterOptions(command);
  const option = (flags: string, help: string): Option => new Option(flags, help).helpGroup('How:');
  command
    .addOption(option('-n, --dry-run', 'only say which would go, and why'))
    .addOption(option('--save-policy', 'save the rules in the vault for later runs'))
    .addOption(option('--allow-empty', 'the last snapshot of a group may go, too'))
    .addOption(
      option('--grace <duration>', 'how long they can be had back (default: 24h)').argParser(
        duration,
      ),
    )
    .addOption(option('--missing', 'accept the loss of snapshots that vanished'));
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<ForgetFlags>(runForget));
}

async function runForget(
  context: CommandContext<ForgetFlags>,
  ...selectors: string[]
): Promise<void> {
  const { flags, io, signal } = context;
  const filter = filterOf(flags, io);
  const rules = rulesOf(flags);
  if (flags.savePolicy && !rules) {
    throw new AppError('usage', 'there is no rule to save', {
      hint: 'give --keep-daily or others',
    });
  }
  const isNamedOnly = !rules && (selectors.length > 0 || flags.missing === true);
  if (isNamedOnly && filter) {
    throw new AppError('usage', 'ids and --host, --tag or --path do not go together without rules');
  }
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/forget/forget.ts');
  const needs = { writes: true, readsIndex: false, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const { forget } = await loadJob();
  const { forgetView } = await import('./forget-view.ts');
  const { runJob } = await import('../../render/job.ts');
  const events = forget(vault, {
    selectors,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    savePolicy: flags.savePolicy ?? false,
    missing: flags.missing ?? false,
    remembered: (await vault.watch?.known()) ?? [],
    allowEmpty: flags.allowEmpty ?? false,
    dryRun: flags.dryRun ?? false,
    groupBy: flags.groupBy,
    graceMs: flags.grace,
    signal,
    ...(filter && { filter }),
    ...(isNamedOnly ? { rules: 'none' } : rules && { rules }),
  });
  await runJob(events, context, forgetView(flags.dryRun === true));
}
