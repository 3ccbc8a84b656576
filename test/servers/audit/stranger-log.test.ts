import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditLog } from '../../../src/servers/audit/audit-log.ts';
import { STRANGERS_PER_SECOND, StrangerLog } from '../../../src/servers/audit/stranger-log.ts';
import { verifyAudit } from '../../../src/servers/audit/verify-audit.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const MORE = 7;

async function flooded(name: string, flood: (steps: Steps) => Promise<void>) {
  const file = join(folder, name);
  let nowMs = 1_000_000;
  const clock = (): number => nowMs;
  const log = await AuditLog.open(file, { clock });
  const strangers = new StrangerLog(log, clock);
  const send = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent++) await strangers.append({ event: 'request' });
  };
  const pass = (ms: number): void => void (nowMs += ms);
  const linesOf = (): Record<string, unknown>[] => {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  await flood({ send, pass, linesOf });
  await strangers.close();
  await log.close();
  const entries = linesOf();
  expect(await verifyAudit(file)).toMatchObject({ entries: entries.length });
  return entries.map(({ event, count }) => (event === 'request' ? 'request' : Number(count)));
}

interface Steps {
  readonly send: (count: number) => Promise<void>;
  readonly pass: (ms: number) => void;
  readonly linesOf: () => Record<string, unknown>[];
}

const full = Array.from({ length: STRANGERS_PER_SECOND }, () => 'request');

test('a second takes so many, and one line counts the others', async () => {
  const entries = await flooded('one.jsonl', ({ send }) => send(STRANGERS_PER_SECOND + MORE));
  expect(entries).toEqual([...full, MORE]);
});

test('the next second takes as many again, also where the clock was set back', async () => {
  const entries = await flooded('next.jsonl', async ({ send, pass }) => {
    await send(STRANGERS_PER_SECOND + 1);
    pass(999);
    await send(1);
    pass(1);
    await send(STRANGERS_PER_SECOND);
    pass(-3_600_000);
    await send(STRANGERS_PER_SECOND);
  });
  expect(entries).toEqual([...full, ...full, ...full, 2]);
});

test('the count is written while the server runs, though nobody comes any more', async () => {
  const entries = await flooded('timer.jsonl', async ({ send, linesOf }) => {
    await send(STRANGERS_PER_SECOND + MORE);
    await expect.poll(linesOf, { timeout: 20_000 }).toHaveLength(STRANGERS_PER_SECOND + 1);
  });
  expect(entries).toEqual([...full, MORE]);
});

test('few are all written, and nothing is counted', async () => {
  expect(await flooded('few.jsonl', ({ send }) => send(3))).toEqual(full.slice(0, 3));
});
