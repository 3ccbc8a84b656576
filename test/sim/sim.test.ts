/**
 * The promises of the vault under crashes, lost answers, sleeping machines and wrong clocks, all of them simulated.
 * `HISTORIES=10000` runs more; `SEED=…` one again, with its history. `main.ts` does the same with several processes.
 */
import { expect, test } from 'vitest';
import { runHistory } from './history.ts';
import { describe as describeHistory, overridesOf } from './report.ts';
import { shrink } from './shrink.ts';
import type { PlantedBug } from './work/job-parts.ts';
import { INDEX_FIRST, NO_GRACE, NO_SECOND_LOOK } from './work/planted.ts';
import { makeTemplate } from './world/template.ts';

const { env } = process;
const HISTORIES = Number(env['HISTORIES'] ?? 200);
const FIRST = Number(env['SEED'] ?? env['FIRST'] ?? 1);
const LAST = env['SEED'] === undefined ? FIRST + HISTORIES - 1 : FIRST;
const overrides = overridesOf(env['PLAN'] ?? '');
const HOURS_MS = 12 * 60 * 60 * 1000;

const template = await makeTemplate();

test(
  'no history breaks a promise',
  async () => {
    for (let seed = FIRST; seed <= LAST; seed++) {
      const result = await runHistory(template, { seed, overrides });
      if (!result.violation) continue;
      const { options } = await shrink(template, result, { seed, overrides });
      expect.fail(`seed ${seed}\n${await describeHistory(template, options)}`);
    }
  },
  HOURS_MS,
);

test('a history is told by its seed, whatever ran before', async () => {
  const options = { seed: FIRST + 7, isLogged: true };
  const first = await runHistory(template, options);
  await runHistory(template, { seed: FIRST + 8 });
  const second = await runHistory(template, options);
  expect(second.log).toEqual(first.log);
});

/** Planted bugs must be found within so many histories. */
const SEEDS_MAX = 1000;

const planted: readonly (readonly [string, PlantedBug])[] = [
  ['index files are written before their packs', INDEX_FIRST],
  ['a prune deletes without grace', NO_GRACE],
  ['a snapshot is committed without a second look', NO_SECOND_LOOK],
];

test.each(planted)(
  `is found in fewer than ${SEEDS_MAX} histories: %s`,
  async (_, bug) => {
    let found: string | undefined;
    for (let seed = 1; seed < SEEDS_MAX && found === undefined; seed++) {
      const { violation } = await runHistory(template, { seed, bug });
      if (!violation || !/^(lost|unreadable)/.test(violation.message)) continue;
      // Only what the bug itself breaks counts.
      const { violation: other } = await runHistory(template, { seed });
      if (!other) found = violation.message;
    }
    expect(found).toBeDefined();
  },
  HOURS_MS,
);
