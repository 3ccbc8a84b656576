import { createHash } from 'node:crypto';
import {
  appendFileSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AuditLog } from '../../../src/servers/audit/audit-log.ts';
import { verifyAudit } from '../../../src/servers/audit/verify-audit.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;
const fresh = (): string => join(folder, `audit-${files++}.jsonl`);
const clock = (): number => Date.UTC(2026, 1, 3);

async function open(file: string): Promise<AuditLog> {
  const log = await AuditLog.open(file, { clock });
  onTestFinished(() => log.close());
  return log;
}

/** A log of `count` entries. */
async function written(count: number): Promise<string> {
  const file = fresh();
  const log = await open(file);
  const entries = Array.from({ length: count }, (_, i) => ({
    event: 'Encrypt',
    principal: `p${i}`,
  }));
  await Promise.all(entries.map((entry) => log.append(entry)));
  await log.close();
  return file;
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('an audit log', () => {
  test('chains its lines by their hashes, for its owner only', async () => {
    const file = fresh();
    const log = await open(file);
    await log.append({ event: 'CreateKey', principal: 'ü "x"\n', ok: true });
    await log.append({ event: 'Decrypt', seq: 99, prev: 'x', time: 'never', detail: { a: [1] } });
    const lines = linesOf(file);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        seq: 1,
        time: '2026-02-03T00:00:00.000Z',
        prev: '0'.repeat(64),
        event: 'CreateKey',
        principal: 'ü "x"\n',
        ok: true,
      },
      {
        seq: 2,
        time: '2026-02-03T00:00:00.000Z',
        prev: sha256(lines[0] ?? ''),
        event: 'Decrypt',
        detail: { a: [1] },
      },
    ]);
    expect(log.head).toBe(sha256(lines[1] ?? ''));
    expect(await verifyAudit(file)).toEqual({ entries: 2, head: log.head });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('keeps the order of thousands of calls, and goes on after a restart', async () => {
    const file = await written(3000);
    expect(linesOf(file).map((line) => JSON.parse(line).principal)).toEqual(
      Array.from({ length: 3000 }, (_, i) => `p${i}`),
    );
    const log = await open(file);
    await log.append({ event: 'later' });
    expect(await verifyAudit(file)).toEqual({ entries: 3001, head: log.head });
  });

  test('that is empty is sound', async () => {
    const file = await written(0);
    expect(await verifyAudit(file)).toEqual({ entries: 0, head: '0'.repeat(64) });
  });

  test('sets aside what a crash left of a line, and says so', async () => {
    const file = await written(3);
    const whole = readFileSync(file);
    const last = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (const cut of [last + 1, last + 20, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, cut));
      expect(await verifyAudit(file)).toMatchObject({ entries: 2, brokenAt: 3 });
      const log = await AuditLog.open(file, { clock: () => clock() + cut });
      await log.append({ event: 'next' });
      await log.close();
      expect(await verifyAudit(file)).toMatchObject({ entries: 4 });
      const torn = `${file}.torn-${clock() + cut}`;
      expect(readFileSync(torn)).toEqual(whole.subarray(last, cut));
      expect(JSON.parse(linesOf(file)[2] ?? '')).toMatchObject({
        event: 'torn-line',
        bytes: cut - last,
        movedTo: torn,
      });
    }
    const aside = readdirSync(folder).filter((name) => name.startsWith(`${basename(file)}.torn-`));
    expect(aside).toHaveLength(3);
  });

  test('of which only half a line was written begins anew', async () => {
    const file = fresh();
    writeFileSync(file, '{"seq":1,"ti');
    const log = await open(file);
    expect(await verifyAudit(file)).toEqual({ entries: 1, head: log.head });
  });

  test('does not go on behind what is none', async () => {
    const file = fresh();
    const damaged = { code: 'serve/damaged' };
    for (const text of ['noise\n', '\n', '{}\n', 'null\n', 'x'.repeat(3 << 20), '[1]\n']) {
      writeFileSync(file, text);
      await expect(AuditLog.open(file, { clock }), text.slice(0, 9)).rejects.toMatchObject(damaged);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
    const nowhere = AuditLog.open(join(folder, 'nowhere', 'x'), { clock });
    await expect(nowhere).rejects.toMatchObject({ code: 'serve/config' });
  });

  test('holds an entry when append says so, before it was closed', async () => {
    const file = fresh();
    const log = await open(file);
    for (let i = 1; i <= 20; i++) {
      await log.append({ i });
      expect(linesOf(file)).toHaveLength(i);
    }
  });

  test('takes nothing after it was closed', async () => {
    const file = fresh();
    const log = await open(file);
    const late = log.append({ event: 'a' });
    await log.close();
    await late;
    expect(() => log.append({ event: 'b' })).toThrow('was closed');
    expect(linesOf(file)).toHaveLength(1);
  });
});

describe('verifying', () => {
  test('finds each line that was edited, dropped, put in, doubled or moved', async () => {
    const file = await written(12);
    const lines = linesOf(file);
    const changes: [string, (at: number) => string[]][] = [
      ['edited', (i) => lines.with(i, (lines[i] ?? '').replace('"p', '"q'))],
      ['dropped', (i) => lines.toSpliced(i, 1)],
      ['put in', (i) => lines.toSpliced(i, 0, (lines[0] ?? '').replace('"p', '"q'))],
      ['doubled', (i) => lines.toSpliced(i, 0, lines[i] ?? '')],
      ['moved', (i) => lines.with(i, lines[i + 1] ?? '').with(i + 1, lines[i] ?? '')],
      ['emptied', (i) => lines.with(i, '')],
    ];
    for (const [name, change] of changes) {
      for (let i = 0; i < lines.length - 1; i++) {
        writeFileSync(file, `${change(i).join('\n')}\n`);
        const verdict = await verifyAudit(file);
        expect(verdict, `${name} ${i}`).toHaveProperty('brokenAt');
        const { brokenAt } = verdict as { brokenAt: number };
        expect(brokenAt).toBeGreaterThanOrEqual(i + 1);
        expect(brokenAt).toBeLessThanOrEqual(i + 2);
      }
    }
  });

  test('finds any byte that was changed, but for what only the head shows', async () => {
    const file = await written(6);
    const whole = readFileSync(file);
    const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
    const { head } = (await verifyAudit(file)) as { head: string };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (i, flip) => {
          const bytes = Buffer.from(whole);
          bytes[i] = (bytes[i] ?? 0) ^ flip;
          writeFileSync(file, bytes);
          const verdict = await verifyAudit(file);
          if (i < lastLine) expect(verdict).toHaveProperty('brokenAt');
          else expect('head' in verdict ? verdict.head : undefined).not.toBe(head);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('finds a cut line at each length, and a cut tail only by the head', async () => {
    const file = await written(3);
    const whole = readFileSync(file);
    const sound = (await verifyAudit(file)) as { entries: number; head: string };
    const ends = new Set<number>([0]);
    whole.forEach((byte, i) => byte === 10 && ends.add(i + 1));
    for (let length = whole.length - 1; length >= 0; length--) {
      truncateSync(file, length);
      const verdict = await verifyAudit(file);
      if (ends.has(length)) expect((verdict as { head: string }).head).not.toBe(sound.head);
      else expect(verdict).toMatchObject({ why: 'the line is cut' });
    }
  });

  test('reads whatever it is given, in bounded memory', async () => {
    const file = fresh();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        writeFileSync(file, bytes);
        const verdict = await verifyAudit(file);
        expect('brokenAt' in verdict || bytes.length === 0).toBe(true);
      }),
      { numRuns: 100 },
    );
    writeFileSync(file, '');
    for (let i = 0; i < 4; i++) appendFileSync(file, Buffer.alloc(1 << 20, 120));
    expect(await verifyAudit(file)).toMatchObject({ brokenAt: 1, why: 'the line is too long' });
    await expect(verifyAudit(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'serve/config',
    });
  });
});
