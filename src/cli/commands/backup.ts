/**
 * `cybs3 backup <path...>`
 * @module
 */
import { Option, type Command } from 'commander';
import type { CommandContext, CommandHost } from '../command.ts';
import type { ExitCode } from '../explain.ts';
import { addCacheOptions, addVaultOptions, type WordsFlags } from '../options/vault-options.ts';
import { collect, collectList, count, size, time } from '../options/parse.ts';
import { addDataOptions, type DataFlags } from '../options/vault-settings.ts';

export interface BackupFlags extends WordsFlags, DataFlags {
  readonly exclude?: string[];
  readonly excludeFile?: string[];
  readonly include?: string[];
  readonly ignoreFile?: string[];
  readonly excludeCaches?: boolean;
  readonly excludeLargerThan?: number;
  readonly oneFileSystem?: boolean;
  readonly filesFrom?: string[];
  readonly stdin?: boolean;
  readonly stdinName?: string;
  readonly stdinFromCommand?: boolean;
  readonly tag?: string[];
  readonly host?: string;
  readonly time?: number;
  readonly parent?: string;
  readonly force?: boolean;
  readonly skipIfUnchanged?: boolean;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
}

const EXAMPLES = `
Examples:
  cybs3 backup ~/Documents ~/Pictures
  cybs3 backup / --one-file-system --exclude-caches --exclude '/tmp/*'
  cybs3 backup ~/src --ignore-file .gitignore --tag daily
  find ~ -newer mark -print0 | cybs3 backup --files-from -
  cybs3 backup --stdin-name db.sql --stdin-from-command -- pg_dump shop

Patterns: 'node_modules' or '*.tmp' match at every depth, '/home/*/cache' is a whole
path, '**' stands for any folders, a slash at the end for folders only, and
'!keep.tmp' takes back what an earlier pattern chose.`;

export function addBackup(parent: Command, host: CommandHost): void {
  const command = parent
    .command('backup')
    .argument('[path...]', 'files and folders to save (or the command to run, after --)')
    .summary('save files as a new snapshot')
    .description('Save files and folders as a new snapshot. What is unchanged is not read again.');
  addSelectionOptions(command);
  addStdinOptions(command);
  addSnapshotOptions(command);
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('Data:');
  addDataOptions(command, 'Data:');
  command.addOption(option('--concurrency <n>', 'worker threads').argParser(count));
  addVaultOptions(command);
  addCacheOptions(command);
  command.addHelpText('after', EXAMPLES).action(host.action<BackupFlags>(runBackup));
}

function addSelectionOptions(command: Command): void {
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('What to save:');
  const many = (flags: string, help: string): void => {
    command.addOption(option(flags, help).argParser(collect));
  };
  many('-e, --exclude <pattern>', 'leave out what matches (repeatable)');
  many('--exclude-file <file>', 'patterns to leave out, one a line (repeatable)');
  many('-i, --include <pattern>', 'only what matches (repeatable)');
  many('--ignore-file <name>', 'obey files of this name in each folder, as git obeys .gitignore');
  command
    .addOption(option('--exclude-caches', 'leave out what is in folders with a CACHEDIR.TAG'))
    .addOption(option('--exclude-larger-than <size>', 'leave out bigger files').argParser(size))
    .addOption(option('-x, --one-file-system', 'do not enter other file systems'));
  many('--files-from <file>', 'paths to save, ended by newlines or zero bytes; - is stdin');
}

function addStdinOptions(command: Command): void {
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('From a program:');
  command
    .addOption(option('--stdin', 'save what is read from stdin as one file'))
    .addOption(option('--stdin-name <name>', 'the name of that file').default('stdin'))
    .addOption(
      option('--stdin-from-command', 'save what the command after -- prints; it must succeed'),
    );
}

function addSnapshotOptions(command: Command): void {
  const option = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup('Snapshot:');
  command
    .addOption(option('-t, --tag <tag>', 'mark the snapshot (repeatable)').argParser(collectList))
    .addOption(option('-H, --host <name>', 'the host it is of, if not this one'))
    .addOption(option('--time <time>', 'when it is of, if not now').argParser(time))
    .addOption(option('--parent <snapshot>', 'compare with this one, not the latest of its kind'))
    .addOption(option('-f, --force', 'read every file again').conflicts('parent'))
    .addOption(option('--skip-if-unchanged', 'save no snapshot where nothing changed'))
    .addOption(option('-n, --dry-run', 'only say what would be saved'));
}

async function runBackup(
  context: CommandContext<BackupFlags>,
  ...operands: string[]
): Promise<ExitCode> {
  const { prepareBackup } = await import('./backup-input.ts');
  const { openNamedVault } = await import('../compose.ts');
  const input = await prepareBackup(context, operands);
  const loadJob = () => import('../../jobs/backup/backup.ts');
  await using vault = await openNamedVault(context, { ...input, meanwhile: loadJob });
  const { backup } = await loadJob();
  const { backupView } = await import('../render/backup-view.ts');
  const { exitCodeOf, runJob } = await import('../render/job.ts');
  const events = backup(vault, input.options());
  const isDryRun = context.flags.dryRun === true;
  return exitCodeOf(await runJob(events, context, backupView(isDryRun)));
}
