/**
 * `cybs3 restore <snapshot[:path]> --to <dir>`
 * @module
 */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { PathKey } from '../../format/entry.ts';
import type { CondemnedPacks } from '../../vault/index/load-index.ts';
import type { CommandContext, CommandHost } from '../command.ts';
import type { ExitCode } from '../explain.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { collect, count } from '../options/parse.ts';
import { SNAPSHOT_ARGUMENT_HELP, parseSnapshotArgument } from '../options/snapshot-argument.ts';

const OVERWRITE = ['always', 'if-changed', 'if-newer', 'never'] as const;

interface RestoreFlags extends WordsFlags {
  readonly to: string;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly overwrite: (typeof OVERWRITE)[number];
  readonly delete?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly sparse?: boolean;
  /** False with `--no-owner`. */
  readonly owner: boolean;
  readonly numericOwner?: boolean;
  readonly inPlace?: boolean;
  readonly concurrency?: number;
}

const EXAMPLES = `
Examples:
  cybs3 restore latest --to ./restored              everything, as ./restored/home/me/…
  cybs3 restore latest:/home/me/Documents --to ./d  what is in that folder
  cybs3 restore 4f2a --to / --overwrite if-newer    over what is there

Nothing outside the target is ever written. An interrupted restore goes on where it
stopped when it is started again.`;

export function addRestore(parent: Command, host: CommandHost): void {
  const command = parent
    .command('restore')
    .argument('<snapshot[:path]>', SNAPSHOT_ARGUMENT_HELP)
    .summary('bring files back from a snapshot')
    .description('Bring files back from a snapshot, all of them or those under a path.')
    .requiredOption('--to <dir>', 'the folder to put them in');
  addWhatOptions(command);
  addHowOptions(command);
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<RestoreFlags>(runRestore));
}

function addWhatOptions(command: Command): void {
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('What to restore:');
  command
    .addOption(option('-i, --include <pattern>', 'only what matches').argParser(collect))
    .addOption(option('-e, --exclude <pattern>', 'not what matches').argParser(collect))
    .addOption(
      option('--overwrite <when>', 'when to replace a file that is there')
        .choices(OVERWRITE)
        .default('if-changed'),
    )
    .addOption(option('--delete', 'delete what the snapshot does not have in restored folders'))
    .addOption(option('-n, --dry-run', 'only say what would be done'));
}

function addHowOptions(command: Command): void {
  const option = (flags: string, help: string): Option => new Option(flags, help).helpGroup('How:');
  command
    .addOption(option('--verify', 'read restored files again and compare'))
    .addOption(option('--sparse', 'leave runs of zeros unwritten'))
    .addOption(option('--no-owner', 'leave owners and groups as they come'))
    .addOption(option('--numeric-owner', 'owners and groups by number, not by name'))
    .addOption(option('--in-place', 'change existing files where they differ, block by block'))
    .addOption(option('--concurrency <n>', 'worker threads').argParser(count));
}

async function runRestore(context: CommandContext<RestoreFlags>, from = ''): Promise<ExitCode> {
  const { flags, io, signal } = context;
  const { selector, path } = parseSnapshotArgument(from);
  const { openNamedVault, whileAsked } = await import('../compose.ts');
  await using vault = await openNamedVault(context, { writes: false, meanwhile: loadReading });
  const { resolveSnapshotAnd, loadIndex } = await loadReading();
  const { concurrency } = flags;
  // An index takes its time to come.
  const load = (condemned: CondemnedPacks) =>
    Promise.all([
      loadIndex(vault, { signal, isForLookups: true, condemned }),
      whileAsked(() => loadWriting(flags.dryRun !== true)),
    ]);
  const opened = await resolveSnapshotAnd(vault, selector, load, signal);
  const [snapshot, [index, { restore, ready, restoreView, exitCodeOf, runJob }]] = opened;
  const roots = path === undefined ? snapshot.snapshot.roots : [path];
  const events = restore(vault, {
    snapshot,
    index,
    ready,
    path,
    target: resolve(io.cwd, flags.to),
    select: await selectorOf(flags, roots),
    overwrite: flags.overwrite,
    delete: flags.delete ?? false,
    dryRun: flags.dryRun ?? false,
    verify: flags.verify ?? false,
    sparse: flags.sparse ?? false,
    owner: flags.owner,
    numericOwner: flags.numericOwner ?? false,
    inPlace: flags.inPlace ?? false,
    verbose: flags.verbose ?? false,
    signal,
    ...(concurrency !== undefined && { threads: concurrency }),
  });
  const isDryRun = flags.dryRun === true;
  return exitCodeOf(await runJob(events, context, restoreView(isDryRun)));
}

async function loadReading() {
  const { resolveSnapshotAnd } = await import('../../jobs/snapshots.ts');
  const { loadIndex } = await import('../../vault/index/load-index.ts');
  return { resolveSnapshotAnd, loadIndex };
}

async function loadWriting(startsThread: boolean) {
  const { restore } = await import('../../jobs/restore/restore.ts');
  const { startThread } = await import('../../jobs/restore/run/crew.ts');
  const ready = startsThread ? startThread() : undefined;
  const { restoreView } = await import('../render/restore-view.ts');
  const { exitCodeOf, runJob } = await import('../render/job.ts');
  return { restore, ready, restoreView, exitCodeOf, runJob };
}

async function selectorOf(flags: RestoreFlags, roots: readonly PathKey[]) {
  const { include = [], exclude = [] } = flags;
  if (include.length + exclude.length === 0) return undefined;
  const { createSelector } = await import('../../files/select/selector.ts');
  return createSelector({ include, exclude, roots });
}
