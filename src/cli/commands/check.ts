/**
 * `cybs3 check`
 * @module
 */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import type { CheckSummary } from '../../jobs/events.ts';
import type { Vault } from '../../vault/vault.ts';
import type { CommandContext, CommandHost } from '../command.ts';
import { ExitCode } from '../explain.ts';
import { addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { duration } from '../options/parse-duration.ts';
import { dataSubset, type DataSubset } from '../options/parse.ts';

interface CheckFlags extends WordsFlags {
  readonly readData?: boolean;
  readonly readDataSubset?: DataSubset;
  readonly maxDuration?: number;
}

const EXAMPLES = `
This machine remembers which packs it verified when: shares and durations take those first
that were verified the longest ago.

Examples:
  cybs3 check                              the structure: quick
  cybs3 check --read-data-subset 5%        and a part of the contents, another each day
  cybs3 check --max-duration 30m           and as much of the contents as time allows
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
    )
    .addOption(
      option('--max-duration <duration>', 'read contents for so long, as 30m or 2h').argParser(
        duration,
      ),
    );
  addVaultOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<CheckFlags>(runCheck));
}

async function runCheck(context: CommandContext<CheckFlags>): Promise<ExitCode> {
  const { flags, io, signal } = context;
  const { openNamedVault } = await import('../compose.ts');
  const loadJob = () => import('../../jobs/check.ts');
  const needs = { writes: false, noCache: true, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const { check } = await loadJob();
  const { statePath } = await import('../config/state-path.ts');
  const { checkView } = await import('../render/check-view.ts');
  const { runJob } = await import('../render/job.ts');
  const { withAlarms } = await import('./care/evidence/alarm-findings.ts');
  const readData = flags.readData ? 'all' : flags.readDataSubset;
  const events = check(vault, {
    signal,
    verifiedPath: join(statePath(io), `verified-${vault.vaultId}`),
    ...(readData !== undefined && { readData }),
    ...(flags.maxDuration !== undefined && { maxDurationMs: flags.maxDuration }),
  });
  let summary: CheckSummary | undefined;
  const all = withAlarms(events, vault, (one) => (summary = one));
  const { errors } = await runJob(all, context, checkView);
  if (summary) await record(context, vault, summary);
  return errors > 0 ? ExitCode.damaged : ExitCode.done;
}

/** So that `status` on any host can tell. */
async function record(
  context: CommandContext<object>,
  vault: Vault,
  summary: CheckSummary,
): Promise<void> {
  const { errors, warnings, snapshots, packs, packsRead, bytesRead, durationMs } = summary;
  const { saveEvidence } = await import('./care/evidence/save-evidence.ts');
  const facts = { errors, warnings, snapshots, packs, packsRead, bytesRead, durationMs };
  await saveEvidence(context, vault, { type: 'check', ...facts }, { isForWriting: false });
}
