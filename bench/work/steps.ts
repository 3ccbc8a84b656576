/**
 * What is measured of each tool, in this order.
 * @module
 */
import type { DataSet, Edit } from '../data/data-set.ts';
import type { Command, Job, Tool } from '../tools/tool.ts';

export interface Step {
  /** Short and fixed: the name of a row in the results. */
  readonly work: string;
  /** The data is changed first. */
  readonly edit?: Edit;
  /** The source is read into the page cache first, where it fits. */
  readonly warmSource?: boolean;
  /** The repository is taken out of the page cache first. */
  readonly coldRepository?: boolean;
  /** The tool's local cache folder is put away for the time of the step. */
  readonly coldCache?: boolean;
  readonly makesSnapshot?: boolean;
  /** What has to be restored, if anything. */
  readonly restores?: 'all' | 'one';
  /** Undefined where the tool does not have it. */
  readonly command: (tool: Tool, job: Job) => Command | undefined;
}

const backup = (tool: Tool, job: Job): Command => tool.backup(job);

/** @param oneFile the path that is restored alone */
export function stepsFor(set: DataSet, oneFile: string): Step[] {
  return [
    { work: 'first', warmSource: true, makesSnapshot: true, command: backup },
    { work: 'unchanged', makesSnapshot: true, command: backup },
    ...set.edits.map((edit): Step => {
      return { work: `edited-${edit.name}`, edit, makesSnapshot: true, command: backup };
    }),
    {
      work: 'restore',
      coldRepository: true,
      restores: 'all',
      command: (tool, job) => tool.restore?.(job),
    },
    { work: 'list', command: (tool, job) => tool.list?.(job) },
    { work: 'check', command: (tool, { place }) => tool.check(place) },
    {
      work: 'one-file',
      coldRepository: true,
      coldCache: true,
      restores: 'one',
      command: (tool, job) => tool.restoreOne?.(job, oneFile),
    },
    { work: 'prune', command: (tool, { place }) => tool.prune?.(place) },
  ];
}

const TITLES: Readonly<Record<string, string>> = {
  first: 'first backup',
  unchanged: 'backup without change',
  restore: 'full restore',
  list: 'list all paths',
  check: 'check',
  'one-file': 'restore of one file, no local cache',
  prune: 'forget all but one, prune',
};

/** What the reader sees of a row's name. */
export function titleOf(work: string): string {
  return TITLES[work] ?? work.replace(/^edited-/, 'backup after edits: ');
}
