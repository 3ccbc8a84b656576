/**
 * What is said of a broken promise: how to see it again, the plan, and the whole history.
 * @module
 */
import type { HistoryOptions, HistoryResult } from './history.ts';
import { runHistory } from './history.ts';
import type { PlanOverrides } from './plan.ts';
import type { Template } from './world/template.ts';

const LINES_MAX = 400;

/** Runs it again, with a log. */
export async function describe(template: Template, options: HistoryOptions): Promise<string> {
  const result = await runHistory(template, { ...options, isLogged: true });
  const lines = result.log.slice(-LINES_MAX);
  const left = result.log.length - lines.length;
  return [
    headline(result),
    `again: SEED=${result.seed}${overridesText(options.overrides)} node test/sim/main.ts`,
    `plan: ${JSON.stringify(result.plan)}`,
    ...(left > 0 ? [`(${left} lines before these)`] : []),
    ...lines,
  ].join('\n');
}

export function headline({ seed, steps, violation }: HistoryResult): string {
  return `seed ${seed}, step ${steps}: ${violation?.message ?? 'no promise was broken'}`;
}

function overridesText(overrides: PlanOverrides = {}): string {
  const parts = Object.entries(overrides).map(([name, value]) => `${name}=${value}`);
  return parts.length > 0 ? ` PLAN=${parts.join(',')}` : '';
}

/** @throws Error for what is no list of `name=number` */
export function overridesOf(text: string): PlanOverrides {
  const parts = text.split(',').filter((part) => part !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const [, name, value] = /^(\w+)=(-?[\d.]+)$/.exec(part) ?? [];
      if (name === undefined || value === undefined) throw new Error(`not a number: ${part}`);
      return [name, Number(value)];
    }),
  );
}
