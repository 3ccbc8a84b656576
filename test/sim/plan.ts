/**
 * What a history is like: how many hosts, how much goes wrong, how fast time passes. Drawn from its seed, so that
 * some histories are all crashes, some all sleep, some nearly calm.
 * @module
 */
import type { Chance } from './chance.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface Plan {
  readonly hosts: number;
  /** Jobs that are begun before the end, when everything is let finish. */
  readonly jobs: number;
  /** Of all requests: fail before anything was done, … */
  readonly failRate: number;
  /** … are done, and the answer is lost, … */
  readonly lostRate: number;
  /** … are given up by the sender and done later all the same, … */
  readonly lateRate: number;
  /** … are answered only after others were. */
  readonly holdRate: number;
  /** Of all steps: a host that works crashes, … */
  readonly crashRate: number;
  /** … or is suspended, … */
  readonly suspendRate: number;
  /** … or its clock jumps, … */
  readonly jumpRate: number;
  /** … or hours pass for all. */
  readonly leapRate: number;
  /** The chance that the host that moved last moves next. */
  readonly stickiness: number;
  /** The chance of each step that an idle host begins something. */
  readonly startRate: number;
  /** Between two steps, on average. */
  readonly stepMs: number;
  /** How far clocks are off when it begins, at most. */
  readonly skewMs: number;
  /** Objects a page of a listing; pages are made one after the other. */
  readonly pageSize: number;
  /** Attempts of a request before a host gives up. */
  readonly attempts: number;
  readonly graceMs: number;
  readonly files: number;
  /** Share of what is stored that a prune leaves unused. */
  readonly maxUnused: number;
  readonly forgetWeight: number;
  readonly pruneWeight: number;
}

export type PlanOverrides = Partial<Record<keyof Plan, number>>;

export function drawPlan(chance: Chance, overrides: PlanOverrides = {}): Plan {
  const rate = (most: number): number => chance.pick([0, most / 4, most, most]);
  const plan: Plan = {
    hosts: chance.between(2, 4),
    jobs: chance.between(8, 16),
    failRate: rate(0.05),
    lostRate: rate(0.03),
    lateRate: rate(0.02),
    holdRate: rate(0.3),
    crashRate: rate(0.01),
    suspendRate: rate(0.08),
    jumpRate: rate(0.01),
    leapRate: rate(0.02),
    stickiness: chance.pick([0, 0.5, 0.9, 0.97]),
    startRate: chance.pick([0.01, 0.05, 0.3]),
    stepMs: chance.pick([20, 1000, MINUTE_MS]),
    skewMs: chance.pick([0, MINUTE_MS, DAY_MS, 400 * DAY_MS]),
    pageSize: chance.pick([2, 1000, 1000]),
    attempts: chance.pick([1, 3, 3]),
    graceMs: chance.pick([HOUR_MS, HOUR_MS, DAY_MS, 3 * DAY_MS]),
    files: chance.between(3, 10),
    maxUnused: chance.pick([0, 0.05, 0.5]),
    forgetWeight: chance.pick([2, 4]),
    pruneWeight: chance.pick([4, 10]),
  };
  return { ...plan, ...overrides };
}

/** From then on nothing goes wrong. */
export function calmPlan(plan: Plan): Plan {
  const none = { failRate: 0, lostRate: 0, lateRate: 0, holdRate: 0 };
  const still = { crashRate: 0, suspendRate: 0, jumpRate: 0, leapRate: 0 };
  return { ...plan, ...none, ...still, stepMs: 20, attempts: 3 };
}
