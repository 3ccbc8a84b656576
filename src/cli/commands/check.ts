/**
 * `cybs3 check`
 * @module
 */
import { Option, type Command } from 'commander';
import type { CommandContext, CommandHost } from '../command.ts';
import { ExitCode } from '../explain.ts';
import { addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { dataSubset, type DataSubset } from '../options/parse.ts';

interface CheckFlags extends WordsFlags {
  readonly readData?: boolean;
  readonly readDataSubset?: DataSubset;
}

const EXAMPLES = `
Examples:
  cybs3 check                              the structure: quick
  cybs3 check --read-data-subset 1/7       and a seventh of the contents, another each day
  cybs3 check --read-data                  and all of the contents`;

export function addCheck(parent: Command, host: CommandHost): void {
  const command = parent
    .command('check')
    .summary('look for damage in the vault')
    .description(
      'Check that everything the snapshots need is there and intact; with --read-data also the\n' +
        'contents of all files. Uploads that were never finished are cleared away.',
    );
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('How much to read:');
  command
    .addOption(option('--read-data', 'read and verify all file contents'))
    .addOption(
      option('--read-data-subset <share>', 'read only a share: 5%, 1/7 or 2GiB')
        .argParser(dataSubset)
        .conflicts('readData'),
    );
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<CheckFlags>(runCheck));
}

async function runCheck(context: CommandContext<CheckFlags>): Promise<ExitCode> {
  const { flags, signal } = context;
  const { openNamedVault } = await import('../compose.ts');
  const loadJob = () => import('../../jobs/check.ts');
  const needs = { writes: false, noCache: true, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const { check } = await loadJob();
  const { checkView } = await import('../render/check-view.ts');
  const { runJob } = await import('../render/job.ts');
  const readData = flags.readData ? 'all' : flags.readDataSubset;
  const events = check(vault, { signal, ...(readData !== undefined && { readData }) });
  const { errors } = await runJob(events, context, checkView);
  return errors > 0 ? ExitCode.damaged : ExitCode.done;
}
