/** How the bench calls our own program, with one in its place that writes down what it is told. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../bench/measure.ts';
import { createCybs3 } from '../../bench/tools/cybs3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** @param failsAt the command that fails */
function toolIn(folder: string, failsAt = '') {
  const bin = join(folder, `it's cybs3.mjs`);
  const said = join(folder, 'said');
  writeFileSync(
    bin,
    `import { appendFileSync } from 'node:fs';
    appendFileSync(${JSON.stringify(said)}, process.argv.slice(2).join(' ') + '\\n');
    process.exitCode = process.argv[2] === '${failsAt}' ? 1 : 0;`,
  );
  const place = { work: join(folder, 'work'), directory: join(folder, 'a vault') };
  mkdirSync(place.work);
  const prune = createCybs3('cybs3', bin).prune?.(place);
  if (!prune) throw new Error('it prunes');
  const go = () =>
    run(prune, { work: place.work, environment: { PATH: process.env['PATH'] ?? '' } });
  return { go, said: () => readFileSync(said, 'latin1').trim().split('\n') };
}

test('forgets first, then prunes, both at once', () => {
  const folder = temporaryFolder();
  const { go, said } = toolIn(folder);
  go();
  const on = `--vault ${folder}/a vault --quiet`;
  expect(said()).toEqual([`forget --keep-last 1 --grace 0 ${on}`, `prune --grace 0 ${on}`]);
});

test('does not prune where forgetting fails', () => {
  const { go, said } = toolIn(temporaryFolder(), 'forget');
  expect(go).toThrow(/ended with 1/);
  expect(said()).toHaveLength(1);
});
