/**
 * The results as Markdown tables, one for each data set and target.
 * @module
 */
import type { Setting } from '../results.ts';
import type { Spread } from '../statistics.ts';
import { toOverview } from './overview.ts';
import { METRICS } from './summary.ts';
import type { SetSummary, Summary, ToolSummary, WorkSummary } from './summary.ts';
import { titleOf } from '../tools/tool.ts';

const HEAD = [
  'work',
  'tool',
  'wall s',
  'CPU s',
  'peak MB',
  'up MB',
  'down MB',
  'requests',
  'repository MB',
];

const RATIO_HEAD = [
  'theirs / ours',
  'tool',
  'wall',
  'CPU',
  'peak memory',
  'up',
  'down',
  'requests',
  'repository',
];
const RATIO_METRICS = [...METRICS, 'repositoryBytes'] as const;

/** @param ours the tool that the others are compared with */
export function toMarkdown(summary: Summary, ours: string): string {
  const parts = summary.setting ? [describeSetting(summary.setting)] : [];
  const overview = toOverview(summary, ours);
  if (overview !== '') parts.push(overview);
  for (const set of summary.sets) parts.push(describeSet(set, summary.setting));
  return `${parts.join('\n\n')}\n`;
}

function describeSetting(setting: Setting): string {
  const { machine, tools, cold, at } = setting;
  const lines = [
    `Measured ${at.slice(0, 10)} on ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.memoryGib} GiB of memory, Linux ${machine.kernel}, Node ${machine.node}.`,
    cold ? '' : 'The repository stayed in the page cache.',
    '',
    ...tools.map(({ name, version, setup }) => `- **${name}** ${version}: ${setup}`),
  ];
  return lines.filter((line, i) => line !== '' || i === 2).join('\n');
}

function describeSet({ set, target, works }: SetSummary, setting: Setting | undefined): string {
  const described = setting?.sets.find(({ name }) => name === set);
  const lines = [`### ${set}, ${titleOf(target)}`, ''];
  if (described) {
    const { title, scale, files, bytes } = described;
    const made = scale === 1 ? '' : ` Made ${scale} times its full size.`;
    const size = `${files.toLocaleString('en')} files, ${megabytes(bytes)} MB`;
    lines.push(`${title}: ${size}.${made}`, '');
  }
  lines.push(...head(HEAD), ...works.flatMap(workRows));
  const ratios = works.flatMap(ratioRows);
  if (ratios.length > 0) lines.push('', ...head(RATIO_HEAD), ...ratios);
  return lines.join('\n');
}

function head(names: readonly string[]): string[] {
  return [row(names), row(names.map((_, i) => (i < 2 ? '---' : '--:')))];
}

/** Medians of the ratios of each run, with the smallest and the largest. */
function ratioRows({ title, tools }: WorkSummary): string[] {
  const compared = tools.filter(({ ratios }) => Object.keys(ratios).length > 0);
  return compared.map(({ tool, ratios }, i) => {
    const cells = RATIO_METRICS.map((metric) => spread(ratios[metric]));
    return row([i === 0 ? title : '', tool, ...cells]);
  });
}

function workRows({ title, tools }: WorkSummary): string[] {
  return tools.map((tool, i) => row([i === 0 ? title : '', tool.tool, ...columns(tool)]));
}

function columns({ runs, medians, missing }: ToolSummary): string[] {
  if (runs === 0) {
    return [shorten(missing ?? ''), '', '', '', '', '', ''];
  }
  return [
    seconds(medians.wallS),
    seconds(medians.cpuS),
    megabytes(medians.peakBytes),
    megabytes(medians.upBytes),
    megabytes(medians.downBytes),
    medians.requests === undefined ? '' : String(Math.round(medians.requests)),
    megabytes(medians.repositoryBytes),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function seconds(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function megabytes(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  const value = bytes / 1e6;
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

/** `2.10 (1.98–2.31)`; a single run has no spread. */
export function spread(ratio: Spread | undefined): string {
  if (!ratio) return '';
  const { median, min, max } = ratio;
  if (min === max) return median.toFixed(2);
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

/** A reason must fit a cell. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 80 ? line : `${line.slice(0, 77)}…`;
}
