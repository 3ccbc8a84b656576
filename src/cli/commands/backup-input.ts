/**
 * What a backup is of: paths, lists of paths, stdin or a command's output; and its options.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AppError, messageOf } from '../../base/failure.ts';
import { parseFilesFrom } from '../../files/select/files-from.ts';
import { parsePatternFile } from '../../files/select/pattern-file.ts';
import type { BackupOptions } from '../../jobs/backup/options.ts';
import type { CommandContext } from '../command.ts';
import type { Io } from '../io.ts';
import { rawArgument } from '../options/raw-argument.ts';
import type { BackupFlags } from './backup.ts';
import { streamOfCommand } from './command-stream.ts';

type Context = CommandContext<BackupFlags>;

export interface BackupInput {
  readonly writes: boolean;
  readonly stdinIsData: boolean;
  /** Called once the vault is open: only then is a command started. */
  options(): BackupOptions;
}

/** @throws AppError `usage` where what to save is missing or contradictory */
export async function prepareBackup(context: Context, operands: string[]): Promise<BackupInput> {
  const { flags } = context;
  const readsList = flags.filesFrom?.includes('-') === true;
  const roots = flags.stdinFromCommand ? [] : await findRoots(context, operands);
  checkSources(flags, operands, roots.length);
  const exclude = [
    ...(flags.exclude ?? []),
    ...(await readPatterns(flags.excludeFile ?? [], context.io)),
  ];
  return {
    writes: true,
    stdinIsData: readsList || flags.stdin === true,
    options: () => ({ ...fixedOptions(context), ...sourceOf(context, operands), roots, exclude }),
  };
}

function checkSources(flags: BackupFlags, operands: string[], roots: number): void {
  const { stdin = false, stdinFromCommand = false } = flags;
  if (stdin && stdinFromCommand) {
    throw new AppError('usage', '--stdin and --stdin-from-command exclude each other');
  }
  if (stdinFromCommand && operands.length === 0) {
    throw new AppError('usage', 'no command is given', {
      hint: 'put it after two dashes: cybs3 backup --stdin-from-command -- pg_dump shop',
    });
  }
  if (stdin && roots > 0) throw new AppError('usage', 'save either stdin or paths, not both');
  if (!stdin && !stdinFromCommand && roots === 0) {
    throw new AppError('usage', 'nothing to save is named', {
      hint: 'give files or folders, or --stdin',
    });
  }
}

function fixedOptions({ flags, clock, signal, programVersion }: Context) {
  const { compression, packSize, concurrency, parent, excludeLargerThan } = flags;
  return {
    include: flags.include ?? [],
    ignoreFiles: flags.ignoreFile ?? [],
    excludeCaches: flags.excludeCaches ?? false,
    oneFileSystem: flags.oneFileSystem ?? false,
    host: flags.host ?? hostname(),
    user: userName(),
    tags: [...new Set(flags.tag)],
    timeMs: flags.time ?? clock(),
    force: flags.force ?? false,
    skipIfUnchanged: flags.skipIfUnchanged ?? false,
    dryRun: flags.dryRun ?? false,
    reportPaths: flags.dryRun === true || flags.verbose === true,
    cores: availableParallelism(),
    signal,
    program: `cybs3 ${programVersion}`,
    ...(excludeLargerThan !== undefined && { excludeLargerThanBytes: excludeLargerThan }),
    ...(parent !== undefined && { parent }),
    ...(compression !== undefined && { compression }),
    ...(packSize !== undefined && { packSizeBytes: packSize }),
    ...(concurrency !== undefined && { concurrency }),
  };
}

/** The stream that takes the place of files, if one does. */
function sourceOf(
  { flags, io, signal }: Context,
  operands: string[],
): Pick<BackupOptions, 'stdin'> {
  const name = flags.stdinName ?? 'stdin';
  if (flags.stdin) return { stdin: { name, stream: io.stdin } };
  if (!flags.stdinFromCommand) return {};
  return { stdin: { name, ...streamOfCommand(operands, signal) } };
}

/** Absolute paths, as bytes. */
async function findRoots({ flags, io }: Context, operands: string[]): Promise<Buffer[]> {
  const paths = operands.map(rawArgument);
  for (const list of flags.filesFrom ?? [])
    paths.push(...parseFilesFrom(await readInput(list, io)));
  const folder = Buffer.from(`${io.cwd}/`);
  return paths.map((path) => absolute(path, folder));
}

function absolute(path: Buffer, folder: Buffer): Buffer {
  if (process.platform === 'win32') return Buffer.from(resolve(path.toString()));
  return path[0] === 0x2f ? path : Buffer.concat([folder, path]);
}

async function readPatterns(files: readonly string[], io: Io): Promise<string[]> {
  const patterns: string[] = [];
  for (const file of files) patterns.push(...parsePatternFile(await readInput(file, io)));
  return patterns;
}

async function readInput(file: string, { stdin }: Io): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(stdin) : await readFile(file);
  } catch (cause) {
    throw new AppError('usage', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
