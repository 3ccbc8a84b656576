/** The whole course of one tool, with `cp` in the place of a backup program. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DataSet } from '../../bench/data/data-set.ts';
import { Journal } from '../../bench/data/journal.ts';
import { setSettleTime } from '../../bench/machine.ts';
import { Results } from '../../bench/results.ts';
import type { Tool } from '../../bench/tools/tool.ts';
import { directoryRepository } from '../../bench/work/repository.ts';
import { runSequence } from '../../bench/work/sequence.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

setSettleTime(0);

const shell = (script: string, ...args: readonly string[]) => ({
  argv: ['sh', '-ec', script, ...args],
});

const copier: Tool = {
  name: 'cp',
  setup: '',
  version: () => '1.0',
  environment: () => ({}),
  init: ({ directory }) => shell('mkdir "$0"', directory),
  backup: ({ place, source, snapshot }) =>
    shell('cp -a "$0" "$1"', source, join(place.directory, snapshot)),
  restore: ({ place, snapshot, to }) =>
    shell('cp -a "$0/." "$1"', join(place.directory, snapshot), to),
  restoreOne: ({ place, snapshot }) => shell('cat "$0"', join(place.directory, snapshot, 'one')),
  list: ({ place }) => shell('find "$0"', place.directory),
  check: ({ work }) => shell('test -e "$0/cache"', work),
};

const set: DataSet = {
  name: 'tiny',
  title: '',
  version: 1,
  make: () => undefined,
  edits: [
    {
      name: 'more',
      title: '',
      apply: (folder, journal) => journal.append(join(folder, 'one'), Buffer.from('more')),
    },
  ],
  oneFile: (folder) => join(folder, 'one'),
};

async function course(tool: Tool, works?: readonly string[]) {
  const base = temporaryFolder();
  const folder = join(base, 'data');
  mkdirSync(folder);
  writeFileSync(join(folder, 'one'), 'content');
  writeFileSync(join(folder, 'two'), 'other');
  const results = Results.start(join(base, 'results.jsonl'));
  await runSequence({
    key: { set: 'tiny', target: 'directory', run: 1, tool: tool.name },
    tool,
    data: { set, folder, journal: new Journal(join(base, 'journal')), refresh: () => undefined },
    repository: directoryRepository(join(base, 'work')),
    results,
    works,
    warm: false,
    report: () => undefined,
  });
  const steps = new Map(results.measurements.map((one) => [one.work, one]));
  return { steps, folder, base, results };
}

// GNU time and GNU find are what the bench measures with.
describe.skipIf(!existsSync('/usr/bin/time') || process.platform !== 'linux')('a sequence', () => {
  test('takes a tool through every step, and leaves nothing behind but the results', async () => {
    const { steps, folder, base, results } = await course(copier);
    expect(Array.from(steps.keys())).toEqual([
      'first',
      'unchanged',
      'edited-more',
      'restore',
      'list',
      'check',
      'one-file',
      'prune',
    ]);
    expect(steps.get('prune')?.missing).toBe('not there');
    const others = Array.from(steps.values()).filter(({ work }) => work !== 'prune');
    for (const { figures } of others) expect(figures?.peakKb).toBeGreaterThan(0);
    expect(steps.get('first')?.figures?.upBytes).toBe('contentother'.length);
    expect(steps.get('edited-more')?.figures?.upBytes).toBe('contentmoreother'.length);
    expect(readFileSync(join(folder, 'one'), 'latin1')).toBe('content');
    expect(existsSync(join(base, 'work'))).toBe(false);
    expect(results.hasEnded({ set: 'tiny', target: 'directory', run: 1, tool: copier.name })).toBe(
      true,
    );
  });

  test('has no figure for a restore that leaves something out', async () => {
    const forgetful: Tool = {
      ...copier,
      restore: ({ place, snapshot, to }) =>
        shell('cp "$0/one" "$1"', join(place.directory, snapshot), to),
      restoreOne: () => shell('echo something else'),
    };
    const { steps } = await course(forgetful);
    expect(steps.get('restore')?.figures).toBeUndefined();
    expect(steps.get('restore')?.missing).toMatch(/restored 1 files, 11 bytes instead of 2/);
    expect(steps.get('one-file')?.missing).toMatch(/instead of 1 files, 11 bytes/);
  });

  test('puts the local cache away for the restore of one file, and brings it back', async () => {
    const cacher: Tool = {
      ...copier,
      list: ({ place }) => shell('touch "$0/cache/kept"', place.work),
      restoreOne: ({ place, source }) => {
        const script = 'test ! -e "$0/cache/kept"; touch "$0/cache/new"; cat "$1/one"';
        return shell(script, place.work, source);
      },
      prune: ({ work }) => shell('test -e "$0/cache/kept"; test ! -e "$0/cache/new"', work),
    };
    const { steps } = await course(cacher);
    expect(steps.get('one-file')?.missing).toBeUndefined();
    expect(steps.get('prune')?.missing).toBeUndefined();
  });

  test('stops where a backup fails, and says why', async () => {
    const broken: Tool = { ...copier, backup: () => shell('echo no room >&2; exit 7') };
    const { steps } = await course(broken);
    expect(Array.from(steps.keys())).toEqual(['first']);
    expect(steps.get('first')?.missing).toMatch(/ended with 7: no room/);
  });

  test('measures only what was asked for, but makes every backup', async () => {
    const { steps } = await course(copier, ['restore']);
    expect(Array.from(steps.keys())).toEqual(['first', 'unchanged', 'edited-more', 'restore']);
  });
});
