/**
 * A plan in figures, for people before it is carried out.
 * @module
 */
import type { PackUse } from './choose-places.ts';
import type { PackCount, PrunePlanReport } from '../events.ts';
import type { PruneOptions } from '../options.ts';
import type { PrunePlan } from './plan-prune.ts';
import { costOf } from './prices.ts';
import type { Survey } from '../survey.ts';

const LISTED_PER_REQUEST = 1000;
const DELETED_PER_REQUEST = 1000;

export interface ReportInput {
  readonly survey: Survey;
  readonly use: PackUse;
  readonly plan: PrunePlan;
  readonly options: PruneOptions;
  readonly packSizeBytes: number;
}

export function reportPlan(input: ReportInput): PrunePlanReport {
  const { survey, use, plan, options } = input;
  const { packs } = survey.index;
  const count = (ids: readonly string[]): PackCount => ({
    packs: ids.length,
    bytes: ids.reduce((sum, id) => sum + (survey.listed.get(id)?.sizeBytes ?? 0), 0),
  });
  const repack = plan.repack.map((n) => packs.idOf(n));
  const newlyCondemned = repack.filter((id) => !survey.gc.condemned.has(id));
  const report = {
    type: 'plan',
    snapshots: survey.live.length,
    total: count([...survey.listed.keys()]),
    neededBytes: use.neededBytes.reduce((sum, bytes) => sum + bytes, 0),
    unusedBytesLeft: plan.unusedBytesLeft,
    delete: count(plan.delete),
    condemn: count([...plan.condemn, ...newlyCondemned]),
    waiting: count(plan.wait),
    repack: count(repack),
    bytesMoved: plan.repack.reduce((sum, n) => sum + (use.neededBytes[n] ?? 0), 0),
    pardon: count(plan.pardon),
    snapshotsDeleted: plan.deleteSnapshots.length,
    requests: requestsOf(input),
  } as const;
  const { prices } = options;
  return prices ? { ...report, cost: costOf(prices, report, survey, plan.delete) } : report;
}

function requestsOf({ survey, use, plan, packSizeBytes }: ReportInput) {
  const { index, listed } = survey;
  const moved = plan.repack.reduce((sum, n) => sum + (use.neededBytes[n] ?? 0), 0);
  const rewritten = index.files.filter((file) => file.packs.some((n) => plan.unindex.has(n)));
  const newPacks = Math.ceil(moved / packSizeBytes);
  return {
    // A pack is asked for in two pieces, as a rule.
    get: 2 * plan.repack.length + survey.live.length + index.files.length,
    put: newPacks + (newPacks > 0 ? 1 : 0) + (rewritten.length > 0 ? 1 : 0) + 2,
    list: 2 * Math.ceil(listed.size / LISTED_PER_REQUEST) + 6,
    delete: Math.ceil(
      (plan.delete.length + plan.deleteSnapshots.length + rewritten.length) / DELETED_PER_REQUEST,
    ),
  };
}
