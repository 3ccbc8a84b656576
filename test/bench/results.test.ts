import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Measurement } from '../../bench/results.ts';
import { Results } from '../../bench/results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const key = { set: 'random', target: 'directory', run: 1, tool: 'ours' };

function measured(wallS: number): Measurement {
  const figures = { wallS, userS: 0, systemS: 0, peakKb: 0 };
  return { type: 'measurement', ...key, work: 'first', figures, at: '' };
}

test('what was measured before a kill is there for the next bench', () => {
  const file = join(temporaryFolder(), 'work', 'results.jsonl');
  const results = Results.start(file);
  results.add(measured(1));
  expect(results.hasEnded(key)).toBe(false);
  results.add({ type: 'end', ...key });
  appendFileSync(file, '{"type":"measurement","set":"ran');
  const again = Results.read(file);
  expect(again.measurements).toEqual([measured(1)]);
  expect(again.hasEnded(key)).toBe(true);
  expect(again.hasEnded({ ...key, run: 2 })).toBe(false);
});

test('a step that was measured again counts once', () => {
  const results = Results.start(join(temporaryFolder(), 'results.jsonl'));
  results.add(measured(1));
  results.add(measured(2));
  expect(results.measurements).toEqual([measured(2)]);
});

test('a new bench starts empty', () => {
  const file = join(temporaryFolder(), 'results.jsonl');
  Results.start(file).add(measured(1));
  expect(Results.start(file).measurements).toEqual([]);
});

test('what several commands measured names all of them', () => {
  const results = Results.start(join(temporaryFolder(), 'results.jsonl'));
  const machine = { processor: 'x', cores: 2, memoryGib: 24, kernel: 'k', node: 'v24' };
  const setting = { type: 'setting', machine, cold: true, tools: [], sets: [], at: '' } as const;
  for (const command of ['first', 'second', 'first']) results.add({ ...setting, command });
  expect(results.setting?.command).toBe('first\nsecond');
});
