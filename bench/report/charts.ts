/**
 * Which charts there are: one for each kind of work and target, with a group of bars for each data set; and one of
 * peak memory.
 * @module
 */
import type { Chart } from './svg.ts';
import { drawChart } from './svg.ts';
import type { Metric, SetSummary, Summary, ToolSummary, WorkSummary } from './summary.ts';
import { titleOf } from '../tools/tool.ts';

export interface ChartFile {
  /** Such as `directory-first.svg`. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** What is worth a picture. */
const CHARTED: readonly (readonly [prefix: string, title: string])[] = [
  ['first', 'First backup'],
  ['unchanged', 'Backup without change'],
  ['edited-', 'Backup after edits'],
  ['restore', 'Full restore'],
  ['one-file', 'Restore of one file, no local cache'],
  ['prune', 'Forget all but one snapshot, and prune'],
];

export function drawCharts(summary: Summary, ours: string): ChartFile[] {
  const files: ChartFile[] = [];
  for (const target of new Set(summary.sets.map((set) => set.target))) {
    const sets = summary.sets.filter((set) => set.target === target);
    const where = titleOf(target);
    for (const [prefix, work] of CHARTED) {
      const isMeant = (name: string) =>
        prefix.endsWith('-') ? name.startsWith(prefix) : name === prefix;
      const title = `${work}, ${where}`;
      const subtitle = `Time taken, ${ours} = 1: shorter is better`;
      const chart = { title, subtitle, groups: groupsOf(sets, isMeant, 'wallS', ours) };
      const name = `${target}-${prefix.replace(/-$/, '')}.svg`;
      if (chart.groups.length > 0) files.push({ name, title, svg: drawChart(chart, ours) });
    }
    const memory = {
      title: `Peak memory of the first backup, ${where}`,
      subtitle: `${ours} = 1: shorter is better`,
      groups: groupsOf(sets, (name) => name === 'first', 'peakBytes', ours),
    };
    const { title } = memory;
    const name = `${target}-memory.svg`;
    if (memory.groups.length > 0) files.push({ name, title, svg: drawChart(memory, ours) });
  }
  return files;
}

function groupsOf(
  sets: readonly SetSummary[],
  isMeant: (work: string) => boolean,
  metric: Metric,
  ours: string,
): Chart['groups'] {
  return sets.flatMap((set) => {
    const works = set.works.filter(({ work }) => isMeant(work));
    return works.flatMap((work) => {
      const bars = barsOf(work, metric, ours);
      const edit = works.length > 1 ? `, ${work.work.replace(/^edited-/, '')}` : '';
      return bars.length > 1 ? [{ title: `${set.set}${edit}`, bars }] : [];
    });
  });
}

function barsOf({ tools }: WorkSummary, metric: Metric, ours: string) {
  return tools.flatMap((tool) => {
    const value = tool.medians[metric];
    const ratio = tool.tool === ours ? 1 : tool.ratios[metric]?.median;
    if (value === undefined || ratio === undefined) return [];
    return [{ tool: tool.tool, ratio, label: labelOf(tool, ratio, metric, ours) }];
  });
}

function labelOf(tool: ToolSummary, ratio: number, metric: Metric, ours: string): string {
  const value = tool.medians[metric] ?? 0;
  const amount =
    metric === 'wallS'
      ? `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} s`
      : `${(value / 1e6).toFixed(0)} MB`;
  if (tool.tool === ours) return amount;
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)}× (${amount})`;
}
