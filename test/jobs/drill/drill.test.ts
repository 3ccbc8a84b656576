import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { toPathKey } from '../../../src/files/path.ts';
import { compareWithDisk } from '../../../src/jobs/drill/compare-file.ts';
import { drill } from '../../../src/jobs/drill/drill.ts';
import type {
  DrillEvent,
  DrillSummary,
  DrilledFileReport,
} from '../../../src/jobs/drill/events.ts';
import type { DrillOptions } from '../../../src/jobs/drill/options.ts';
import { resolveSnapshot } from '../../../src/jobs/snapshots.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  backUp,
  collect,
  copyOf,
  flip,
  keysUnder,
  newVault,
  reopen,
} from '../../support/test-vault.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
let store: ObjectStore;

beforeAll(async () => {
  mkdirSync(join(files, 'sub', 'closed'), { recursive: true });
  for (let n = 0; n < 30; n++) writeFileSync(join(files, `f${n}`), `content ${n}`.repeat(n));
  writeFileSync(join(files, 'sub', 'closed', 'deep'), 'deep');
  chmodSync(join(files, 'sub', 'closed'), 0o500);
  const vault = await newVault();
  await backUp(vault, [files], { host: 'here' });
  ({ store } = vault);
});

interface Drilled {
  readonly summary: DrillSummary;
  readonly reports: readonly DrilledFileReport[];
  readonly problems: readonly Extract<DrillEvent, { type: 'problem' }>[];
}

async function run(from = store, options: Partial<DrillOptions> = {}): Promise<Drilled> {
  const vault = await reopen(from);
  const target = mkdtempSync(join(folder, 'target-'));
  const snapshot = await resolveSnapshot(vault, 'latest');
  const all = { snapshot, target, host: 'here', threads: 1, ...options };
  const events = await collect(drill(vault, all));
  const summary = events.find((event) => event.type === 'summary');
  if (!summary) throw new Error('a drill ends with a summary');
  return {
    summary,
    reports: events.filter((event) => event.type === 'file'),
    problems: events.filter((event) => event.type === 'problem'),
  };
}

describe('a drill', () => {
  test('restores as many files as it was asked for, the same as on the disk', async () => {
    const { summary, reports, problems } = await run();
    expect(problems).toEqual([]);
    expect(summary).toMatchObject({
      filesInSnapshot: 31,
      filesDrawn: 20,
      filesRestored: 20,
      filesFailed: 0,
      filesSameOnDisk: 20,
      snapshotHost: 'here',
    });
    expect(reports.every(({ onDisk }) => onDisk === 'same')).toBe(true);
  });

  test('leaves a digest that anybody can compute from the list of files', async () => {
    const { summary, reports } = await run(store, { files: 5 });
    const list = reports.map(({ sha256, sizeBytes, path }) => `${sha256}  ${sizeBytes}  ${path}\n`);
    expect(summary.digest).toBe(createHash('sha256').update(list.join('')).digest('hex'));
    expect(reports[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('writes below its target and nowhere else', async () => {
    const target = mkdtempSync(join(folder, 'target-'));
    const before = readdirSync(files);
    await run(store, { target, files: 3 });
    expect(readdirSync(files)).toEqual(before);
    expect(statSync(join(target, files)).isDirectory()).toBe(true);
  });

  test('says nothing of the disk where the snapshot is of another machine', async () => {
    const { summary, reports } = await run(store, { host: 'elsewhere', files: 2 });
    expect(summary.filesSameOnDisk).toBe(0);
    expect(reports.map(({ onDisk }) => onDisk)).toEqual(['elsewhere', 'elsewhere']);
  });

  test('finds what is damaged in the vault', async () => {
    const damaged = await copyOf(store);
    for (const key of await keysUnder(damaged, 'data/')) await flip(damaged, key, 200);
    const { summary, problems } = await run(damaged);
    expect(summary.filesFailed).toBeGreaterThan(0);
    expect(summary.filesRestored + summary.filesFailed).toBe(summary.filesDrawn);
    expect(problems.every(({ reason }) => reason === 'damaged')).toBe(true);
    expect(problems).not.toHaveLength(0);
  });

  test('does not hold it against a file that it was changed since', async () => {
    const path = join(files, 'f7');
    const { atimeMs, mtimeMs } = statSync(path);
    writeFileSync(path, 'CONTENT 7'.repeat(7));
    const touched = await run(store, { files: 31 });
    const of = ({ reports }: Drilled) => reports.find((one) => one.path === path)?.onDisk;
    expect(of(touched)).toBe('changed');
    // Another content of the same size, the time of change set back: only the time of the inode tells.
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
    expect(of(await run(store, { files: 31 }))).toBe('changed');
    writeFileSync(path, 'content 7'.repeat(7));
  });
});

test('a file that nobody touched and that is not what was restored differs', async () => {
  const path = join(files, 'f9');
  const { mtimeNs, ctimeNs, size } = statSync(path, { bigint: true });
  const file = { path: toPathKey(Buffer.from(path)), size: Number(size), mtimeNs, ctimeNs };
  expect(await compareWithDisk(file, '0'.repeat(64))).toBe('differs');
  expect(await compareWithDisk({ ...file, mtimeNs: mtimeNs + 1n }, '0'.repeat(64))).toBe('changed');
  expect(await compareWithDisk({ ...file, path: toPathKey(Buffer.from('/no/such')) }, '')).toBe(
    'absent',
  );
});

test('a vault without files has nothing to restore', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const vault = await newVault();
  await backUp(vault, [empty]);
  const { summary } = await run(vault.store);
  expect(summary).toMatchObject({ filesInSnapshot: 0, filesDrawn: 0, filesFailed: 0 });
});
