import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawCharts } from '../../bench/report/charts.ts';
import { toMarkdown } from '../../bench/report/markdown.ts';
import { summarize } from '../../bench/report/summary.ts';
import { drawChart } from '../../bench/report/svg.ts';
import { DOCS, replaceMade } from '../../bench/report/made-part.ts';
import { writeDocs } from '../../bench/report/write-docs.ts';
import type { Measurement } from '../../bench/results.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function measured(tool: string, work: string, run: number, wallS: number): Measurement {
  const figures = { wallS, userS: wallS / 2, systemS: wallS / 2, peakKb: 1000 * wallS };
  const key = { set: 'random', target: 'directory', run, tool };
  return { type: 'measurement', ...key, work, figures, at: '2026-01-01T00:00:00Z' };
}

const THREE_RUNS = [1, 2, 3].flatMap((run) => [
  measured('ours', 'first', run, 10 * run),
  measured('theirs', 'first', run, 25 * run),
]);

const missing: Measurement = {
  type: 'measurement',
  set: 'random',
  target: 'directory',
  run: 1,
  tool: 'ours',
  work: 'prune',
  missing: 'not there',
  at: '2026-01-01T00:00:00Z',
};

describe('the summary', () => {
  test('has medians of each tool, and ratios against ours', () => {
    const [set] = summarize(THREE_RUNS, undefined, 'ours').sets;
    const [own, theirs] = set?.works[0]?.tools ?? [];
    expect(own).toMatchObject({ tool: 'ours', runs: 3, medians: { wallS: 20, cpuS: 20 } });
    expect(own?.ratios).toEqual({});
    expect(theirs?.medians).toMatchObject({ wallS: 50, peakBytes: 50_000 * 1024 });
    expect(theirs?.ratios.wallS).toEqual({ median: 2.5, min: 2.5, max: 2.5 });
  });

  test('keeps a step without figures, and says why', () => {
    const [set] = summarize([missing], undefined, 'ours').sets;
    expect(set?.works[0]?.tools).toEqual([
      { tool: 'ours', runs: 0, medians: {}, ratios: {}, missing: 'not there' },
    ]);
  });
});

describe('the table', () => {
  test('has one row a tool, the name of the work in the first', () => {
    const text = toMarkdown(summarize([...THREE_RUNS, missing], undefined, 'ours'), 'ours');
    expect(text).toContain('### random, directory');
    expect(text).toContain('| first backup | ours | 20.0 | 20.0 | 20.5 |');
    expect(text).toContain('|  | theirs | 50.0 | 50.0 | 51.2 |');
    expect(text).toContain('| first backup | theirs | 2.50 | 2.50 | 2.50 |');
    expect(text).toContain('| forget all but one, prune | ours | not there |');
  });

  test('each row has as many cells as the head of its table', () => {
    const text = toMarkdown(summarize([...THREE_RUNS, missing], undefined, 'ours'), 'ours');
    const tables = text.split('\n\n').filter((part) => part.startsWith('|'));
    expect(tables).toHaveLength(3);
    for (const table of tables) {
      const cells = table.trim().split('\n');
      expect(new Set(cells.map((row) => row.split('|').length)).size).toBe(1);
    }
  });

  test('begins with how the best of the others does', () => {
    const best = [1, 2, 3].map((run) => measured('best', 'first', run, 15 * run));
    const text = toMarkdown(summarize([...THREE_RUNS, ...best], undefined, 'ours'), 'ours');
    expect(text).toContain('| random, directory | 1.50 best |');
  });

  test('of several edits shows the one where we do worst', () => {
    const edits = [
      measured('ours', 'edited-a', 1, 10),
      measured('theirs', 'edited-a', 1, 90),
      measured('ours', 'edited-b', 1, 10),
      measured('theirs', 'edited-b', 1, 7),
    ];
    const text = toMarkdown(summarize(edits, undefined, 'ours'), 'ours');
    expect(text).toContain('| 0.70 theirs |');
    expect(text).not.toContain('9.00 theirs');
  });
});

describe('charts', () => {
  test('show a bar for each tool, as long as its ratio', () => {
    const [chart] = drawCharts(summarize(THREE_RUNS, undefined, 'ours'), 'ours');
    expect(chart?.name).toBe('directory-first.svg');
    const widths = Array.from(chart?.svg.matchAll(/width="([\d.]+)" height="16"/g) ?? []);
    const [own = 0, theirs = 0] = widths.map(([, width]) => Number(width));
    expect(theirs / own).toBeCloseTo(2.5, 1);
    expect(chart?.svg).toContain('2.50× (50.0 s)');
  });

  test('cut off a bar that would dwarf all others', () => {
    const bars = [
      { tool: 'ours', ratio: 1, label: '1 s' },
      { tool: 'theirs', ratio: 400, label: '400× (400 s)' },
    ];
    const groups = [{ title: 'million', bars }];
    const svg = drawChart({ title: 'a', subtitle: 'b', groups }, 'ours');
    const widths = Array.from(svg.matchAll(/width="([\d.]+)" height="16"/g));
    const [own = 0, theirs = 0] = widths.map(([, width]) => Number(width));
    expect(theirs / own).toBeCloseTo(10, 1);
    expect(svg).toContain('class="c"');
  });

  test('are well-formed whatever the names are', () => {
    const groups = [{ title: '<&"', bars: [{ tool: '<b>', ratio: 1, label: 'a & b' }] }];
    const svg = drawChart({ title: '<&"', subtitle: '', groups }, 'ours');
    expect(svg).not.toMatch(/<b>|&(?!#\d+;)/);
  });
});

describe('the page', () => {
  const page =
    'before\n<!-- made by `npm run bench -- --write-docs`: do not edit -->\nold\n' +
    '<!-- end of bench -->\nafter\n';

  test('keeps what is around the part that the bench makes', () => {
    const once = replaceMade(page, 'bench', 'new');
    expect(once).toContain('before\n');
    expect(once).toContain('\nnew\n');
    expect(once).not.toContain('old');
    expect(once).toMatch(/end of bench -->\nafter\n$/);
    expect(replaceMade(once, 'bench', 'new')).toBe(once);
  });

  test('has a place for each part that is made', () => {
    const real = readFileSync(`${DOCS}/performance.md`, 'utf8');
    for (const part of ['bench', 'bench:pieces', 'bench:growth'] as const) {
      expect(replaceMade(real, part, 'new')).toContain('\nnew\n');
    }
  });

  test('comes with its charts, and without those of an earlier bench', () => {
    const docs = temporaryFolder();
    mkdirSync(join(docs, 'performance'));
    writeFileSync(join(docs, 'performance', 's3-first.svg'), 'old');
    writeFileSync(join(docs, 'performance.md'), page);
    writeDocs(summarize(THREE_RUNS, undefined, 'ours'), docs, 'ours');
    const text = readFileSync(join(docs, 'performance.md'), 'utf8');
    const shown = Array.from(text.matchAll(/\(performance\/([^)]+)\)/g)).map(([, name]) => name);
    expect(shown).toEqual(['directory-first.svg', 'directory-memory.svg']);
    expect(readdirSync(join(docs, 'performance')).sort()).toEqual(shown);
  });

  test('is not touched where the marks are lost', () => {
    expect(() => replaceMade('no marks', 'bench', 'new')).toThrow(/marks/);
  });
});
