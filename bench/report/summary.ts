/**
 * From single measurements to medians and ratios: what the table, the JSON and the charts all show.
 * @module
 */
import type { Figures, Measurement, Setting } from '../results.ts';
import { median, ratioOf } from '../statistics.ts';
import type { Spread } from '../statistics.ts';
import { titleOf } from '../work/steps.ts';

/** What is compared. */
export const METRICS = ['wallS', 'cpuS', 'peakBytes', 'upBytes', 'downBytes', 'requests'] as const;
export type Metric = (typeof METRICS)[number] | 'repositoryBytes';

export type Medians = Readonly<Partial<Record<Metric, number>>>;

export interface ToolSummary {
  readonly tool: string;
  readonly runs: number;
  readonly medians: Medians;
  /** Theirs through ours, run by run; not for ourselves. */
  readonly ratios: Readonly<Partial<Record<Metric, Spread>>>;
  /** Why there are no figures. */
  readonly missing?: string;
}

export interface WorkSummary {
  readonly work: string;
  readonly title: string;
  readonly tools: readonly ToolSummary[];
}

export interface SetSummary {
  readonly target: string;
  readonly set: string;
  readonly works: readonly WorkSummary[];
}

export interface Summary {
  readonly setting: Setting | undefined;
  readonly sets: readonly SetSummary[];
}

/** @param ours the tool that the others are compared with */
export function summarize(
  measurements: readonly Measurement[],
  setting: Setting | undefined,
  ours: string,
): Summary {
  const sets: SetSummary[] = [];
  for (const [name, ofSet] of groupBy(measurements, (m) => `${m.target}\n${m.set}`)) {
    const [target = '', set = ''] = name.split('\n');
    const titles = new Map(
      setting?.sets
        .find((one) => one.name === set)
        ?.edits.map(({ name: edit, title }): [string, string] => [`edited-${edit}`, title]),
    );
    const works = Array.from(groupBy(ofSet, (m) => m.work)).map(([work, ofWork]) => {
      const edited = titles.get(work);
      const title = edited === undefined ? titleOf(work) : `backup after edits: ${edited}`;
      return { work, title, tools: summarizeTools(ofWork, ours) };
    });
    sets.push({ target, set, works });
  }
  return { setting, sets };
}

function summarizeTools(measurements: readonly Measurement[], ours: string): ToolSummary[] {
  const byTool = groupBy(measurements, (m) => m.tool);
  const own = byTool.get(ours) ?? [];
  return Array.from(byTool).map(([tool, list]) => {
    const medians: Partial<Record<Metric, number>> = {};
    const ratios: Partial<Record<Metric, Spread>> = {};
    for (const metric of [...METRICS, 'repositoryBytes'] as const) {
      const values = valuesOf(list, metric);
      const middle = median(Array.from(values.values()));
      if (middle !== undefined) medians[metric] = middle;
      const ratio = tool === ours ? undefined : ratioOf(values, valuesOf(own, metric));
      if (ratio) ratios[metric] = ratio;
    }
    const runs = list.filter(({ figures }) => figures).length;
    const missing = list.find((m) => m.missing !== undefined)?.missing;
    return { tool, runs, medians, ratios, ...(missing !== undefined && { missing }) };
  });
}

/** A metric by the number of the run. */
function valuesOf(measurements: readonly Measurement[], metric: Metric): Map<number, number> {
  const values = new Map<number, number>();
  for (const { run, figures } of measurements) {
    const value = figures && valueOf(figures, metric);
    if (value !== undefined) values.set(run, value);
  }
  return values;
}

function valueOf(figures: Figures, metric: Metric): number | undefined {
  if (metric === 'cpuS') return figures.userS + figures.systemS;
  if (metric === 'peakBytes') return figures.peakKb * 1024;
  return figures[metric];
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
