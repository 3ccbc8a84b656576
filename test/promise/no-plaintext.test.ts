/** Promise 2, "nothing is learned": no canary of content or names is anywhere but in the source. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, WORDS } from '../cli/support/program.ts';
import { tree } from '../support/tree.ts';
import { s3Place, directoryPlace, withoutRgw, type Place } from './places.ts';

const CANARY = 'canary-7f3a9c51e2';
/** The same in other clothes: as UTF-16, base64, hex and reversed. */
const DISGUISES = [
  Buffer.from(CANARY),
  Buffer.from(CANARY, 'utf16le'),
  Buffer.from(Buffer.from(CANARY).toString('base64').slice(0, 20)),
  Buffer.from(Buffer.from(CANARY).toString('hex')),
  Buffer.from([...CANARY].reverse().join('')),
];

function leaksIn(bytes: Uint8Array): boolean {
  return DISGUISES.some((needle) => Buffer.from(bytes).includes(needle));
}

let home: Home;
beforeAll(async () => {
  home = await Home.make();
  writeFileSync(home.in('words.txt'), WORDS, { mode: 0o600 });
  tree(home.in('source'), {
    [`${CANARY}.txt`]: CANARY.repeat(40),
    [`folder ${CANARY}`]: { 'small.txt': CANARY, 'zeros.bin': new Uint8Array(300_000) },
  });
});
afterAll(() => home[Symbol.asyncDispose]());

async function backUpAndLook(place: Place): Promise<void> {
  const words = ['--mnemonic-file', home.in('words.txt')];
  const at = ['--vault', place.location, ...place.flags, ...words];
  const run = async (...argv: string[]) => home.run(argv, { env: place.env });
  const logs: string[] = [];
  const init = await run('vault', 'init', place.location, ...place.flags, ...words, '--no-confirm');
  expect(init.exitCode, init.stderr).toBe(0);
  const tag = `tag-${CANARY}`;
  const backup = await run('backup', home.in('source'), ...at, '--tag', tag, '--host', CANARY);
  expect(backup.exitCode, backup.stderr).toBe(0);
  logs.push(init.stdout, init.stderr, backup.stdout, backup.stderr);
  const check = await run('check', ...at);
  expect(check.exitCode, check.stderr).toBe(0);
  logs.push(check.stdout, check.stderr);

  let objects = 0;
  for await (const { key, bytes } of place.objects()) {
    objects++;
    expect(leaksIn(Buffer.from(key)), `the name ${key}`).toBe(false);
    expect(leaksIn(bytes), `the content of ${key}`).toBe(false);
    for (const word of ['abandon', 'about']) expect(Buffer.from(bytes).includes(word)).toBe(false);
  }
  expect(objects).toBeGreaterThanOrEqual(6);
  for (const log of logs) expect(leaksIn(Buffer.from(log)), log).toBe(false);
  // The canary can be seen where it belongs: otherwise this test could not fail.
  const list = await run('ls', 'latest', ...at, '--recursive');
  expect(leaksIn(Buffer.from(list.stdout)), list.stderr).toBe(true);
}

describe('nothing of what is backed up can be read in the vault or in our output', () => {
  it('in a directory', async () => backUpAndLook(directoryPlace(home.in('vault'))));

  it.skipIf(withoutRgw)('in a bucket on S3', async () => backUpAndLook(await s3Place()));
});
