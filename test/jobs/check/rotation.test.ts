import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckOptions } from '../../../src/jobs/check.ts';
import { VerifiedPacks } from '../../../src/jobs/check/rotation/verified-packs.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { PackList } from '../../../src/vault/index/pack-list.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { copyOf, flip, keysUnder, random, reopen } from '../../support/test-vault.ts';
import type { Checked } from './fixture.ts';
import { makeSample, reasons, runCheck } from './fixture.ts';

const folder = temporaryFolder();
const original = new MemoryStore();

beforeAll(async () => {
  await makeSample(original, folder);
});

const place = (name: string): string => join(folder, 'state', name);

async function run(store: MemoryStore, path: string, options: CheckOptions): Promise<Checked> {
  return runCheck(await reopen(store), { ...options, verifiedPath: path });
}

describe('checks that remember what they verified', () => {
  test('come by all packs before they read one again, and say when they were through', async () => {
    const path = place('round');
    const store = await copyOf(original);
    const { summary } = await run(store, path, {});
    for (let n = 1; n <= summary.packs; n++) {
      const checked = await run(store, path, { readData: { bytes: 1 } });
      expect(checked.summary.packsRead).toBe(1);
      expect(checked.summary.verifiedSinceMs === undefined).toBe(n < summary.packs);
    }
    const before = (await run(store, path, { readData: { bytes: 1 } })).summary.verifiedSinceMs;
    const after = (await run(store, path, { readData: { bytes: 1 } })).summary.verifiedSinceMs;
    expect(after).toBeGreaterThan(before ?? Infinity);
  });

  test('read no further pack once their time is over, and one in any case', async () => {
    const path = place('short');
    const store = await copyOf(original);
    const short = await run(store, path, { maxDurationMs: 0 });
    expect(short.summary.packsRead).toBe(1);
    const long = await run(store, path, { maxDurationMs: 24 * 60 * 60 * 1000 });
    expect(long.summary.packsRead).toBe(long.summary.packs);
    expect(long.summary.verifiedSinceMs).toBeDefined();
  });

  test('read a pack that was damaged again the next time', async () => {
    const path = place('damaged');
    const store = await copyOf(original);
    const [key = ''] = await keysUnder(store, 'data/');
    await flip(store, key, 300);
    expect((await run(store, path, { readData: 'all' })).summary.errors).toBeGreaterThan(0);
    const again = await run(store, path, { readData: { bytes: 1 } });
    expect(reasons(again).join()).toContain(key);
    expect(again.summary.verifiedSinceMs).toBeUndefined();
  });

  test.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['emptied', (bytes: Buffer) => bytes.subarray(0, 0)],
    ['another', () => Buffer.from(random(500))],
    [
      'another vault’s',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => byte ^ (i === 9 ? 1 : 0))),
    ],
  ])('begin anew where the file is %s', async (name, change) => {
    const path = place(name);
    const store = await copyOf(original);
    await run(store, path, { readData: 'all' });
    writeFileSync(path, change(readFileSync(path)));
    const checked = await run(store, path, { readData: { bytes: 1 } });
    expect(checked.summary).toMatchObject({ errors: 0, packsRead: 1 });
    expect(checked.summary.verifiedSinceMs).toBeUndefined();
  });

  test('go on without where the file cannot be written, and say so', async () => {
    const path = place('folder');
    mkdirSync(path, { recursive: true });
    const checked = await run(await copyOf(original), path, { readData: 'all' });
    expect(checked.summary.errors).toBe(0);
    expect(checked.events).toContainEqual(
      expect.objectContaining({ type: 'notice', message: expect.stringContaining('remembered') }),
    );
  });

  test('keep the file from others', async () => {
    const path = place('mode');
    await run(await copyOf(original), path, { readData: 'all' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('the memory of verified packs', () => {
  const vaultId = 'ab'.repeat(16);
  const packs = new PackList();
  for (let n = 0; n < 40; n++) packs.add(random(16), 1, 1000);

  test('reads back what was noted, and forgets what is later than now', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 40 }), (times) => {
        const verified = VerifiedPacks.none(packs);
        for (const [number, ms] of times.entries()) verified.note(number, ms);
        const nowMs = 2 ** 39;
        const back = VerifiedPacks.decode(verified.encode(vaultId), vaultId, packs, nowMs);
        for (const [number, ms] of times.entries()) {
          expect(back.at(number)).toBe(ms <= nowMs ? ms : 0);
        }
      }),
    );
  });

  test('refuses all other bytes', () => {
    const bytes = VerifiedPacks.none(packs).encode(vaultId);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (others, at) => {
        const flipped = Uint8Array.from(bytes);
        flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ 4;
        for (const wrong of [others, flipped]) {
          expect(() => VerifiedPacks.decode(wrong, vaultId, packs, 1)).toThrow(
            expect.objectContaining({ code: 'format/invalid' }),
          );
        }
      }),
    );
    expect(() => VerifiedPacks.decode(bytes, 'cd'.repeat(16), packs, 1)).toThrow('another vault');
  });
});
