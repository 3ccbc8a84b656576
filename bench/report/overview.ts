/**
 * One line a data set: how the best of the others does against us, work by work.
 * @module
 */
import type { Metric, SetSummary, Summary, ToolSummary, WorkSummary } from './summary.ts';
import { titleOf } from '../tools/tool.ts';

/** A work, or all of a kind: of several edits the one where we do worst counts. */
const COLUMNS: readonly (readonly [title: string, prefix: string, metric: Metric])[] = [
  ['first', 'first', 'wallS'],
  ['unchanged', 'unchanged', 'wallS'],
  ['after edits', 'edited-', 'wallS'],
  ['restore', 'restore', 'wallS'],
  ['one file', 'one-file', 'wallS'],
  ['list', 'list', 'wallS'],
  ['check', 'check', 'wallS'],
  ['prune', 'prune', 'wallS'],
  ['memory, first', 'first', 'peakBytes'],
  ['memory, restore', 'restore', 'peakBytes'],
  ['memory, prune', 'prune', 'peakBytes'],
  ['repository', 'first', 'repositoryBytes'],
  ['stored by edits', 'edited-', 'upBytes'],
  ['repository, pruned', 'prune', 'repositoryBytes'],
];

/** @returns Markdown, or nothing where nobody was compared with */
export function toOverview({ sets }: Summary, ours: string): string {
  const peers = sets.some(({ works }) => works.some(({ tools }) => tools.length > 1));
  if (!peers) return '';
  const heads = ['data', ...COLUMNS.map(([title]) => title)];
  const rule = heads.map((_, i) => (i === 0 ? '---' : '--:'));
  const rows = sets.map((set) => {
    return [
      `${set.set}, ${titleOf(set.target)}`,
      ...COLUMNS.map((column) => cell(set, column, ours)),
    ];
  });
  const table = [heads, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return (
    'What the best of the others takes for each of ours, in time, memory and bytes: median of ' +
    `the runs. Above 1 ${ours} is ahead of all of them.\n\n${table}`
  );
}

function cell(
  { works }: SetSummary,
  [, prefix, metric]: (typeof COLUMNS)[number],
  ours: string,
): string {
  const isMeant = ({ work }: WorkSummary) =>
    prefix.endsWith('-') ? work.startsWith(prefix) : work === prefix;
  const best = works.filter(isMeant).flatMap(({ tools }) => bestOf(tools, metric, ours) ?? []);
  const worst = best.reduce<Best | undefined>(
    (least, one) => (least && least.ratio <= one.ratio ? least : one),
    undefined,
  );
  return worst ? `${worst.ratio.toFixed(2)} ${worst.tool}` : '';
}

interface Best {
  readonly tool: string;
  readonly ratio: number;
}

function bestOf(tools: readonly ToolSummary[], metric: Metric, ours: string): Best | undefined {
  let best: Best | undefined;
  for (const { tool, ratios } of tools) {
    const ratio = ratios[metric]?.median;
    // Another build of ours is no rival.
    if (ratio === undefined || tool.startsWith(ours)) continue;
    if (!best || ratio < best.ratio) best = { tool, ratio };
  }
  return best;
}
