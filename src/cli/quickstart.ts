/**
 * `npm run quickstart -- [folder]`: the main job once, on real files, with the real program: make a
 * vault, back up, restore, and compare what came back with what there was.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../base/failure.ts';
import { formatBytes } from '../base/units.ts';
import { compareFolders } from './quickstart/compare-folders.ts';
import { ExitCode, explain, explanationText } from './explain.ts';
import { wordsTable } from './prompts/show-words.ts';
import { counted } from './render/words.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/cybs3.js', import.meta.url));
const OWN_SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** Runs it with the process's arguments and ends the process. */
export async function start(): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    process.exitCode = await quickstart(resolve(process.argv[2] ?? OWN_SOURCE), say);
  } catch (error) {
    const style = { json: false, debug: process.argv.includes('--debug') };
    process.stderr.write(explanationText(explain(error), style));
    process.exitCode = explain(error).exitCode;
  }
}

/** @returns 0 where the restored tree is the same in every respect that is compared */
async function quickstart(folder: string, say: (line: string) => void): Promise<ExitCode> {
  const place = await mkdtemp(join(tmpdir(), 'cybs3-quickstart-'));
  const [vault, words, target] = [join(place, 'vault'), join(place, 'words.txt'), join(place, 'r')];
  const unlock = ['--vault', vault, '--mnemonic-file', words];

  say(`1. A new vault in ${vault}\n`);
  await run(['vault', 'init', vault, '--quiet'], words);
  say(`The words, its only key (kept in ${words} for this demonstration):\n`);
  say(wordsTable((await readFile(words, 'utf8')).trim()));

  say(`2. A backup of ${folder}\n`);
  const backedUp = await run(['backup', folder, ...unlock]);
  say('\n3. The snapshots of the vault\n');
  await run(['snapshots', ...unlock]);

  say('\n4. A restore into an empty folder\n');
  await mkdir(target);
  await run(['restore', `latest:${slashed(folder)}`, '--to', target, ...unlock]);

  say('\n5. What came back, compared with what there was\n');
  const { entries, bytes, differences } = await compareFolders(folder, target);
  await rm(target, { recursive: true, force: true });
  for (const difference of differences.slice(0, 20)) say(`   ${difference}`);
  const what = `${counted(entries, 'file, folder or link', 'files, folders and links')}`;
  const isSame = differences.length === 0 && entries > 0;
  if (isSame) say(`   identical: ${what}, ${formatBytes(bytes)}; content, mode, time and links`);
  else say(`   NOT THE SAME: ${counted(differences.length, 'difference')} in ${what}`);
  say(`\nThe vault stays in ${place}; remove it when you have seen enough. Try:\n`);
  say(`  node bin/cybs3.js ls latest:${slashed(folder)} ${unlock.join(' ')}`);
  return isSame ? backedUp : ExitCode.failed;
}

/** Runs the program itself, its stdout shown or put in a file. */
async function run(argv: readonly string[], stdoutFile?: string): Promise<ExitCode> {
  const file = stdoutFile === undefined ? undefined : await open(stdoutFile, 'wx', 0o600);
  try {
    const stdout = file?.fd ?? 'inherit';
    const child = spawn(process.execPath, [PROGRAM, ...argv], {
      stdio: ['ignore', stdout, 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [ExitCode | null];
    if (code === ExitCode.done || code === ExitCode.partial) return code;
    throw new AppError('internal', `cybs3 ${argv[0]} ended with exit code ${code}`);
  } finally {
    await file?.close();
  }
}

/** As a snapshot names it: with slashes. */
function slashed(path: string): string {
  const { root } = parse(path);
  return root === '/' ? path : path.replaceAll('\\', '/');
}
