/**
 * Promise 1 with many hosts: real processes back up into one vault, forget and prune, each killed with `kill -9` at
 * random moments and started again. Whatever was acknowledged and not forgotten restores; in the end the vault is
 * clean, and prune leaves nothing that nobody needs. HOSTS=8 MINUTES=10 for the long run, SEED= for the choices.
 */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Home } from '../cli/support/program.ts';
import { generator } from '../support/corrupt.ts';
import { HostLoop } from './many-hosts/host-loop.ts';
import { PruneLoop } from './many-hosts/prune-loop.ts';
import { SharedVault } from './many-hosts/shared-vault.ts';
import { s3Place, directoryPlace, withoutRgw, type Place } from './places.ts';

const isSlow = process.env['SLOW'] !== undefined;
const hosts = Number(process.env['HOSTS'] ?? (isSlow ? 8 : 2));
const minutes = Number(process.env['MINUTES'] ?? (isSlow ? 10 : 0.25));
const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const PRUNERS = Math.max(1, Math.round(hosts / 4));

async function manyHosts(makePlace: (home: Home) => Promise<Place> | Place): Promise<void> {
  console.log(`many hosts: SEED=${seed} HOSTS=${hosts} MINUTES=${minutes}`);
  await using home = await Home.make();
  const vault = await SharedVault.make(home, await makePlace(home));
  const untilMs = performance.now() + minutes * 60_000;
  const hostLoops = Array.from({ length: hosts }, (_, n) => {
    return new HostLoop(vault, `host-${n}`, generator(seed + n));
  });
  const pruneLoops = Array.from({ length: PRUNERS }, (_, n) => {
    return new PruneLoop(vault, generator(seed + 1000 + n));
  });
  // All have ended before anything is removed, whatever one of them met.
  const loops = [...hostLoops, ...pruneLoops];
  const ends = await Promise.allSettled(loops.map((loop) => loop.run(untilMs)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;

  for (const loop of hostLoops) await loop.expectAllRestore();
  await vault.expectClean();
  await vault.expectNothingUnneeded();
  for (const loop of hostLoops) await loop.expectAllRestore();
  console.log(loops.map((loop) => loop.story).join('\n'));
  for (const loop of hostLoops) expect(loop.acknowledged, loop.story).toBeGreaterThan(0);
}

describe('hosts that back up, forget and prune at once, and are killed, lose nothing', () => {
  const limit = (minutes + 60) * 60_000;

  it('in a directory', async () => manyHosts((home) => directoryPlace(home.in('vault'))), limit);

  it.skipIf(withoutRgw)('in a bucket on S3', async () => manyHosts(() => s3Place()), limit);
});
