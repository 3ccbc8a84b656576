/**
 * `npm run quickstart -- [folder]`: the main job once, on real files, with the real program: start our own S3 server
 * and KMS, make a vault there, back up, restore, and compare what came back with what there was.
 * @module
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatBytes } from '../base/units.ts';
import { compareFolders } from './quickstart/compare-folders.ts';
import { startCompanions } from './quickstart/companions.ts';
import { runProgram } from './quickstart/run-program.ts';
import { ExitCode, explain, explanationText } from './explain.ts';
import { wordsTable } from './prompts/show-words.ts';
import { counted } from './render/words.ts';

const VAULT = 's3://backups/quickstart';
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
  const words = join(place, 'words.txt');
  say('1. An S3 server, and a KMS that has its keys\n');
  await using companions = await startCompanions(place);
  const { endpoint, env } = companions;
  say(`   listening on ${endpoint}; everything lies in ${place}\n`);
  const unlock = ['--vault', VAULT, '--endpoint', endpoint, '--mnemonic-file', words];
  const isSame = await backUpAndRestore({ folder, place, words, endpoint, env, unlock }, say);
  say('\nThe servers are stopped now; everything else stays. To look around, start them again:\n');
  for (const command of companions.startAgain) say(`  ${command}`);
  say('\nand in another terminal:\n');
  for (const [name, value] of Object.entries(env)) say(`  export ${name}=${value}`);
  say(`  node bin/cybs3.js ls latest:${slashed(folder)} ${unlock.join(' ')}`);
  return isSame;
}

interface Demonstration {
  /** What is backed up. */
  readonly folder: string;
  readonly place: string;
  readonly words: string;
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
  /** Flags that open the vault. */
  readonly unlock: readonly string[];
}

async function backUpAndRestore(
  { folder, place, words, endpoint, env, unlock }: Demonstration,
  say: (line: string) => void,
): Promise<ExitCode> {
  say(`2. A new vault in a new bucket, ${VAULT}, which the server is to encrypt once more\n`);
  const sse = ['--create-bucket', '--sse', 'aws:kms'];
  const init = ['vault', 'init', VAULT, '--endpoint', endpoint, ...sse, '--quiet'];
  await runProgram(init, { env, stdoutFile: words });
  say(`The words, its only key (kept in ${words} for this demonstration):\n`);
  say(wordsTable((await readFile(words, 'utf8')).trim()));

  say(`3. A backup of ${folder}\n`);
  const backedUp = await runProgram(['backup', folder, ...unlock], { env });
  say('\n4. The snapshots of the vault\n');
  await runProgram(['snapshots', ...unlock], { env });

  say('\n5. A restore into an empty folder\n');
  const target = join(place, 'restored');
  await mkdir(target);
  await runProgram(['restore', `latest:${slashed(folder)}`, '--to', target, ...unlock], { env });

  say('\n6. What came back, compared with what there was\n');
  const { entries, bytes, differences } = await compareFolders(folder, target);
  await rm(target, { recursive: true, force: true });
  for (const difference of differences.slice(0, 20)) say(`   ${difference}`);
  const what = `${counted(entries, 'file, folder or link', 'files, folders and links')}`;
  const isSame = differences.length === 0 && entries > 0;
  if (isSame) say(`   identical: ${what}, ${formatBytes(bytes)}; content, mode, time and links`);
  else say(`   NOT THE SAME: ${counted(differences.length, 'difference')} in ${what}`);
  return isSame ? backedUp : ExitCode.failed;
}

/** As a snapshot names it: with slashes. */
function slashed(path: string): string {
  const { root } = parse(path);
  return root === '/' ? path : path.replaceAll('\\', '/');
}
