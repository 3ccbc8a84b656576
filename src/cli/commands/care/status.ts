/**
 * `cybs3 status`
 * @module
 */
import { Option, type Command } from 'commander';
import type { MaxAges } from '../../../jobs/status/report.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import { ExitCode } from '../../explain.ts';
import { maxAge } from '../../options/parse-max-age.ts';
import { addFilterOptions, filterOf, type FilterFlags } from '../../options/snapshot-filter.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../../options/vault-options.ts';

interface StatusFlags extends WordsFlags, FilterFlags {
  readonly maxAgeBackup?: number;
  readonly maxAgeCheck?: number;
  readonly maxAgeDrill?: number;
  /** True or codes. */
  readonly head?: true | readonly string[];
}

const NOTES = `
Exit codes: 1 where something is overdue, 13 on an alarm: snapshots that vanished or were
replaced, or whose predecessor did; snapshots that cannot be read; a last check or drill
that failed. Backups count for each host and its paths, checks and drills for the vault.

Examples:
  cybs3 status --max-age-backup 2d --max-age-drill off
  cybs3 status --host web --json
  cybs3 status --head                          codes to keep elsewhere, one for each host
  cybs3 status --head 7KQ2-M3XA-0ABC-9DEF      does the vault still know that state?`;

export function addStatus(parent: Command, host: CommandHost): void {
  const command = parent
    .command('status')
    .summary('tell what was done last, and what is overdue')
    .description('Tell when each host was last backed up, and the vault checked and drilled.');
  addAgeOptions(command);
  const head = new Option(
    '--head [code]',
    'codes of the newest snapshots; with a code: is that snapshot known still? (repeatable)',
  );
  command.addOption(head.argParser(collectCodes));
  addFilterOptions(command);
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', NOTES).action(host.action<StatusFlags>(runStatus));
}

function addAgeOptions(command: Command): void {
  const add = (flags: string, help: string): void => {
    command.addOption(new Option(flags, help).argParser(maxAge).helpGroup('When it is overdue:'));
  };
  add('--max-age-backup <duration>', 'a backup older than this, or off (default: 26h)');
  add('--max-age-check <duration>', 'a check older than this, or off (default: 31d)');
  add('--max-age-drill <duration>', 'a drill older than this, or off (default: 92d)');
}

function collectCodes(code: string, earlier: true | readonly string[] = []): string[] {
  return [...(earlier === true ? [] : earlier), code];
}

async function runStatus(context: CommandContext<StatusFlags>): Promise<ExitCode> {
  const { flags, io, out, signal } = context;
  const { openNamedVault } = await import('../../compose.ts');
  const loadJob = () => import('../../../jobs/status/status.ts');
  const needs = { writes: false, readsIndex: false, meanwhile: loadJob };
  await using vault = await openNamedVault(context, needs);
  const { head } = flags;
  if (head !== undefined) {
    const { showHeads } = await import('./evidence/status-head.ts');
    return await showHeads(vault, context, head === true ? [] : head);
  }
  const { status } = await loadJob();
  const { MAX_AGES_DEFAULT } = await import('../../../jobs/status/report.ts');
  const { statusJson, statusText } = await import('./evidence/status-view.ts');
  const filter = filterOf(flags, io);
  const maxAges = maxAgesOf(flags, MAX_AGES_DEFAULT);
  const report = await status(vault, { maxAges, signal, ...(filter && { filter }) });
  if (out.json) await out.document('status', statusJson(report));
  else {
    for (const { message } of report.alarms) out.complain(`cybs3: ALARM: ${message}`);
    await out.result(statusText(report));
  }
  if (report.alarms.length > 0) return ExitCode.damaged;
  return report.isOverdue ? ExitCode.failed : ExitCode.done;
}

function maxAgesOf(flags: StatusFlags, usual: MaxAges): MaxAges {
  return {
    backupMs: flags.maxAgeBackup ?? usual.backupMs,
    checkMs: flags.maxAgeCheck ?? usual.checkMs,
    drillMs: flags.maxAgeDrill ?? usual.drillMs,
  };
}
