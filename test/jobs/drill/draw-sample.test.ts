import { describe, expect, test } from 'vitest';
import type { DrawnFile, SampleLimits } from '../../../src/jobs/drill/draw-sample.ts';
import { drawSample } from '../../../src/jobs/drill/draw-sample.ts';
import { sampleSelector } from '../../../src/jobs/drill/sample-selector.ts';
import type { Entry } from '../../../src/format/entry.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { random } from '../../support/test-vault.ts';

const LIMITS: SampleLimits = { files: 10, bytes: 1000, changedAfterMs: 1_000_000 };

function entry(name: string, more: Partial<Entry> = {}): Entry {
  const times = { mtimeSec: 1, mtimeNs: 5, ctimeSec: 1, ctimeNs: 7 };
  const path = Buffer.from(name);
  return { path, type: EntryType.file, size: 10, ...times, ...more } as Entry;
}

async function* each(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

async function draw(entries: readonly Entry[], limits: Partial<SampleLimits> = {}) {
  return drawSample(each(entries), { ...LIMITS, ...limits }, random);
}

const names = (drawn: readonly DrawnFile[]): string[] =>
  drawn.map(({ path }) => Buffer.from(path).toString());

const many = Array.from({ length: 500 }, (_, n) => entry(`f${String(n).padStart(3, '0')}`));

describe('a sample', () => {
  test('has so many files, in path order, and only files', async () => {
    const folders = [entry('a', { type: EntryType.directory }), entry('b', { type: 2 })];
    const { drawn, filesSeen } = await draw([...folders, ...many]);
    expect(names(drawn)).toHaveLength(10);
    expect(names(drawn)).toEqual(names(drawn).sort());
    expect(names(drawn).every((name) => name.startsWith('f'))).toBe(true);
    expect(filesSeen).toBe(500);
  });

  test('is another each time', async () => {
    const [one, two] = [await draw(many), await draw(many)];
    expect(names(one.drawn)).not.toEqual(names(two.drawn));
  });

  test('keeps within the bytes; of files that are all too large it has the smallest', async () => {
    const { drawn } = await draw(many, { bytes: 35 });
    expect(drawn).toHaveLength(3);
    const large = [entry('x', { size: 5000 }), entry('y', { size: 3000 })];
    expect(names((await draw(large)).drawn)).toEqual(['y']);
    expect(names((await draw([...large, ...many])).drawn)).not.toContain('y');
  });

  test('prefers what changed last', async () => {
    const changed = many.map((one, n) => (n < 100 ? { ...one, ctimeSec: 2000 } : one));
    let fresh = 0;
    for (let n = 0; n < 50; n++) {
      const { drawn } = await draw(changed);
      fresh += names(drawn).filter((name) => name < 'f100').length;
    }
    // A fifth of the files, eight times as likely: about two thirds of 500; without weights it were 100.
    expect(fresh).toBeGreaterThan(250);
    expect(fresh).toBeLessThan(420);
  });

  test('of nothing is empty', async () => {
    expect(await draw([])).toEqual({ drawn: [], filesSeen: 0 });
  });
});

test('its selector takes those files, and enters only the folders on the way', () => {
  const selector = sampleSelector([Buffer.from('a\0b\0c'), Buffer.from('a\0d')]);
  const select = (path: string, isFolder: boolean) => selector.select(Buffer.from(path), isFolder);
  expect(select('', true)).toBe('descend');
  expect(select('a', true)).toBe('descend');
  expect(select('a\0b', true)).toBe('descend');
  expect(select('a\0d', true)).toBe('skip');
  expect(select('a\0b\0c', false)).toBe('take');
  expect(select('a\0b\0cc', false)).toBe('skip');
});
