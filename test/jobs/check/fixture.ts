/**
 * A small vault to be checked: copies of it are damaged first.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckOptions } from '../../../src/jobs/check.ts';
import { check } from '../../../src/jobs/check.ts';
import type { CheckEvent, CheckFinding, CheckSummary } from '../../../src/jobs/events.ts';
import type { MemoryStore } from '../../../src/store/memory.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { tree } from '../../support/tree.ts';
import { backUp, copyOf, keysUnder, newVault, random, reopen } from '../../support/test-vault.ts';

/** Ids of two snapshots of one host: the second has one more file. */
export type SampleIds = readonly [string, string];

/** Fills an empty store with a vault. */
export async function makeSample(store: MemoryStore, folder: string): Promise<SampleIds> {
  const vault = await newVault(store);
  const files = join(folder, 'files');
  tree(files, { 'one.bin': random(300_000), sub: { 'two.txt': 'two '.repeat(50), empty: '' } });
  const first = await backUp(vault, [files]);
  writeFileSync(join(files, 'three.bin'), random(200_000));
  const second = await backUp(vault, [files]);
  return [first.summary.snapshotId ?? '', second.summary.snapshotId ?? ''];
}

export interface Checked {
  readonly events: readonly CheckEvent[];
  readonly findings: readonly CheckFinding[];
  readonly summary: CheckSummary;
}

export async function runCheck(vault: Vault, options: CheckOptions = {}): Promise<Checked> {
  const events: CheckEvent[] = [];
  for await (const event of check(vault, options)) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'summary') throw new Error('a check ends with its summary');
  return { events, findings: events.filter((event) => event.type === 'finding'), summary: last };
}

/** Checks a copy of a vault after `damage` was done to it. */
export async function checkCopy(
  original: MemoryStore,
  damage: (store: MemoryStore) => Promise<void>,
  options: CheckOptions = {},
): Promise<Checked> {
  const store = await copyOf(original);
  await damage(store);
  return runCheck(await reopen(store), options);
}

export const reasons = ({ findings }: Checked): string[] =>
  findings.map(({ reason, subject }) => `${reason} ${subject}`).sort();

/** The data pack with `one.bin` (both snapshots need it) and the one with `three.bin`. */
export async function dataPacksOf(original: MemoryStore): Promise<[string, string]> {
  const sizes = await Promise.all(
    (await keysUnder(original, 'data/')).map(async (key) => ({
      key,
      size: (await original.get(key)).length,
    })),
  );
  const [large, small] = sizes.sort((a, b) => b.size - a.size).map(({ key }) => key);
  return [large ?? '', small ?? ''];
}
