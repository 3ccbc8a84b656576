/**
 * Runs the tests: `vitest run` with what is said on the command line. Where a test process died of a signal and no test
 * failed, the files it was at are run once more, and it is said so.
 *
 * Tests start and end hundreds of worker threads in one process, and V8 in Node 24 now and then dies of that
 * (`vitest.config.ts`). A test that fails is never run again, nor a file that dies twice.
 *
 * Tests that need an S3 meet the one that `RGW_*` variables name, such as a real Ceph; without them, our own server.
 * @module
 */
import { spawn } from 'node:child_process';
import { relative, resolve } from 'node:path';
import { filesThatDied } from './support/died-files.ts';
import { startOwnS3 } from './support/own-s3.ts';

const CONFIG = resolve(import.meta.dirname, 'vitest.config.ts');
const VITEST = resolve(import.meta.dirname, '../node_modules/vitest/vitest.mjs');

const isS3Named = (process.env['RGW_ENDPOINT'] ?? '') !== '';
await using ownS3 = isS3Named ? undefined : await startOwnS3();

async function runVitest(args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [VITEST, 'run', '--config', CONFIG, ...args], {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...process.env, ...ownS3?.env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stdout.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stderr.write(chunk);
  });
  const code = await new Promise<number>((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) => done(status ?? 1));
  });
  return { code, output };
}

const first = await runVitest(process.argv.slice(2));
process.exitCode = first.code;
const died = first.code === 0 ? [] : filesThatDied(first.output);
if (died.length > 0) {
  const files = died.map((file) => relative(process.cwd(), file));
  console.error(`\nA test process was killed by a signal in ${files.join(', ')}: once more.\n`);
  process.exitCode = (await runVitest(files)).code;
}
