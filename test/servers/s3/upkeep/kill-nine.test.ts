/**
 * A writer is killed at random moments: what was acknowledged is whole, nothing half is to be seen, and no file is
 * left over. KILLS=100 says how often.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { scrub } from '../../../../src/servers/s3/upkeep/scrub.ts';
import { sweepGarbage, sweepLeftovers } from '../../../../src/servers/s3/upkeep/sweep.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { catalogIn, freshFolder } from '../catalog/catalog-fixture.ts';
import type { TestCatalog } from '../catalog/catalog-fixture.ts';
import { TestStore } from '../storage/extent-fixture.ts';
import { DATA_KEY, contentOf } from './kill-writer.ts';

const parent = temporaryFolder();
const kills = Number(process.env['KILLS'] ?? 20);
const script = join(import.meta.dirname, 'kill-writer.ts');

/** What may be under a key: what was acknowledged last, or what was begun since. `undefined`: nothing. */
type Allowed = Map<string, (number | undefined)[]>;

/** Runs the writer for `ms` and kills it. @returns what it said */
async function runAndKill(folder: string, round: number, ms: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder, String(round)]);
  let text = '';
  let errors = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('ready\n')) resolve();
    });
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
  const closed = once(child, 'close');
  await Promise.race([ready, closed]);
  await sleep(ms);
  expect(child.exitCode, errors).toBe(null);
  child.kill('SIGKILL');
  await closed;
  return text.split('\n').slice(0, -1);
}

function follow(lines: readonly string[], allowed: Allowed): number {
  let acknowledged = 0;
  for (const line of lines) {
    const [sign, key = '', number] = line.split(' ');
    if (sign === '!') throw new Error(line);
    const value = number === undefined || number === '-' ? undefined : Number(number);
    if (sign === '?') allowed.set(key, [...(allowed.get(key) ?? [undefined]), value]);
    if (sign !== '+' && sign !== '-') continue;
    acknowledged++;
    // A key has one writer, so that what it began before is over.
    allowed.set(key, [value]);
  }
  return acknowledged;
}

async function look(store: TestStore, allowed: Allowed): Promise<void> {
  for (const version of store.catalog.listLatest('b', { prefix: '' }, 1000))
    expect([...allowed.keys()]).toContain(version.key);
  for (const [key, numbers] of allowed) {
    const version = store.catalog.latest('b', key);
    const text = version?.metadata['number'];
    const number = text === undefined ? undefined : Number(text);
    expect(numbers, key).toContain(number);
    allowed.set(key, [number]);
    if (version === undefined || number === undefined) continue;
    const got: Buffer[] = [];
    for (const extent of version.extents)
      for await (const piece of store.extents.read(extent, DATA_KEY)) got.push(piece);
    expect(Buffer.concat(got).equals(contentOf(key, number)), `${key} ${number}`).toBe(true);
  }
}

/** Ids of all files that the catalog names. */
function namedFiles(catalog: TestCatalog): string[] {
  const versions = catalog.listVersions('b', { prefix: '' }, 1000).flatMap((one) => one.extents);
  const parts = catalog.listUploads('b', { prefix: '' }, 10_000).flatMap(({ id }) => {
    return catalog.listParts(id, 0, 10).map(({ extent }) => extent);
  });
  return [...versions, ...parts].filter(({ isInline }) => !isInline).map(({ id }) => id);
}

describe('kill -9', () => {
  it(
    `at ${kills} moments loses nothing that was acknowledged, and leaves nothing behind`,
    { timeout: 60_000 + kills * 5000 },
    async () => {
      const folder = freshFolder(parent);
      const allowed: Allowed = new Map();
      let acknowledged = 0;
      for (let round = 1; round <= kills; round++) {
        acknowledged += follow(await runAndKill(folder, round, Math.random() * 250), allowed);
        // A look at every tenth, and at the last: a start sweeps, which must not be the test's doing only.
        if (round % 10 !== 0 && round !== kills) continue;
        const store = await TestStore.in(folder);
        await look(store, allowed);
        await sweepLeftovers(store);
        await sweepGarbage(store);
        expect(store.catalog.garbage('', 10)).toEqual([]);
        expect(store.files().toSorted()).toEqual(namedFiles(store.catalog).toSorted());
        for await (const event of scrub({ folder }))
          if (event.type === 'finding') expect(event).toBeUndefined();
        store.catalog.close();
      }
      expect(acknowledged).toBeGreaterThan(kills);
      expect(catalogIn(folder).isBucketEmpty('b')).toBe(false);
    },
  );
});
