/**
 * Looks for a shorter history that breaks the same promise: with fewer hosts, fewer jobs and less going wrong. Not the
 * same history, cut: another seed under a smaller plan, as what is drawn depends on all that was drawn before.
 * @module
 */
import type { HistoryOptions, HistoryResult } from './history.ts';
import { runHistory } from './history.ts';
import type { PlanOverrides } from './plan.ts';
import type { Template } from './world/template.ts';

/** Each is tried on top of those that worked. */
const SIMPLER: readonly PlanOverrides[] = [
  { failRate: 0, lostRate: 0, lateRate: 0 },
  { holdRate: 0 },
  { jumpRate: 0, skewMs: 0 },
  { crashRate: 0 },
  { suspendRate: 0 },
  { leapRate: 0 },
  { pageSize: 1000, attempts: 3 },
  { stickiness: 0.97 },
  { hosts: 2 },
  { files: 3 },
  { jobs: 8 },
  { jobs: 5 },
];
const SEEDS_A_STEP = 60;

/** @returns the shortest that was found, at worst the one given, and its seed and overrides */
export async function shrink(
  template: Template,
  first: HistoryResult,
  options: HistoryOptions,
): Promise<{ readonly result: HistoryResult; readonly options: HistoryOptions }> {
  let best = { result: first, options };
  for (const simpler of SIMPLER) {
    const overrides = { ...best.options.overrides, ...simpler };
    for (let i = 0; i < SEEDS_A_STEP; i++) {
      const next = { ...options, overrides, seed: options.seed + i };
      const result = await runHistory(template, next);
      if (result.violation?.promise !== first.violation?.promise) continue;
      if (result.steps < best.result.steps) best = { result, options: next };
      break;
    }
  }
  return best;
}
