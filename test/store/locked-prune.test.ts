/**
 * A vault with locks over its years, which are seconds here: pruned, locked anew, and freed once locks end. Slow, for
 * locks must end: SLOW=1.
 */
import { GetObjectRetentionCommand } from '@aws-sdk/client-s3';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import type { PruneSummary } from '../../src/jobs/prune/events.ts';
import { prune } from '../../src/jobs/prune/prune.ts';
import { deleteMany } from '../../src/store/delete-many.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { openS3Store } from '../../src/store/s3/open-s3-store.ts';
import { forgetSnapshots, tombstoneOf } from '../../src/vault/gc/forget-snapshots.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { loadSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { findingsOf } from '../jobs/snapshot-contents.ts';
import { backUp, keysUnder, random, reopen, tickingClock, WORDS } from '../support/test-vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tree } from '../support/tree.ts';
import { lockedBucket, versionsIn } from './locked-bucket.ts';
import { rgwConfig, witness, withoutRgw } from './rgw.ts';

const LOCK_SECONDS = 30;
const MINUTES_MS = 60_000;
const PATIENT = { timeout: 5 * MINUTES_MS };

const isSlow = process.env['SLOW'] !== undefined;

describe.skipIf(withoutRgw || !isSlow)('prune of a vault with locks', () => {
  it(
    'frees what locks held, once they have ended, and leaves the needed locked',
    PATIENT,
    async () => {
      const lock = { mode: 'compliance', days: LOCK_SECONDS / 86_400 } as const;
      const bucket = await lockedBucket();
      const store = await openS3Store(rgwConfig(bucket, { lock }));
      // Fractions of a day are for tests: settings that are stored have whole ones.
      const settings = { ...DEFAULT_SETTINGS, lock: { ...lock, days: 1 } };
      const clock = tickingClock(Date.now());
      await initVault(store, { mnemonic: WORDS, settings, random, clock });
      const open = async (): Promise<Vault> => ({
        ...(await reopen(store)),
        settings: { ...settings, lock },
      });

      const root = tree(join(temporaryFolder(), 'tree'), {
        kept: random(400_000),
        gone: random(3_000_000),
      });
      const first = (await backUp(await open(), [root])).summary.snapshotId ?? '';
      rmSync(join(root, 'gone'));
      const second = (await backUp(await open(), [root])).summary.snapshotId ?? '';
      const vault = await open();
      // In years these would have been tidied away: they say what is about to be committed, and are locked too.
      await sleep((LOCK_SECONDS + 1) * 1000);
      await deleteMany(store, await keysUnder(store, 'gc/'));

      const round = await pruned(await open());
      expect(round.locksRenewed).toBeGreaterThanOrEqual(8);
      expect(round).toMatchObject({ packsCondemned: 0, locksRefused: 0 });
      await forgetSnapshots(vault, [tombstoneOf(await loadSnapshot(vault, first))], { graceMs: 0 });
      const packsBefore = await packs(store);

      const condemning = await pruned(await open());
      expect(condemning.packsCondemned).toBeGreaterThan(0);
      expect(condemning).toMatchObject({ packsDeleted: 0, snapshotsDeleted: 0, packsRepacked: 1 });
      expect(await packs(store)).toEqual(expect.arrayContaining(packsBefore));
      const sum = { packsDeleted: 0, snapshotsDeleted: 0, locksRenewed: 0, indexFilesWritten: 0 };
      const deadlineMs = Date.now() + 3 * MINUTES_MS;
      while (sum.packsDeleted < condemning.packsCondemned && Date.now() < deadlineMs) {
        await sleep(1500);
        const one = await pruned(await open());
        expect(one).toMatchObject({ packsCondemned: 0, locksRefused: 0 });
        expect(one.packsLocked + one.packsDeleted).toBe(condemning.packsCondemned);
        for (const what of Object.keys(sum) as (keyof typeof sum)[]) sum[what] += one[what];
      }
      // The index is written once, and not in each of the runs that find it locked.
      const { packsCondemned } = condemning;
      expect(sum).toMatchObject({
        packsDeleted: packsCondemned,
        snapshotsDeleted: 1,
        indexFilesWritten: 1,
      });
      expect(sum.locksRenewed).toBeGreaterThan(3);
      const left = await packs(store);
      expect(await keysUnder(store, 'snapshots/')).toEqual([`snapshots/${second}`]);
      expect((await versionsIn(bucket)).filter(({ isMarker }) => isMarker)).toEqual([]);
      expect(await findingsOf(await open())).toEqual([]);
      for (const key of [...left, `snapshots/${second}`, 'vault.json']) {
        const command = { Bucket: bucket, Key: `some/prefix/${key}` };
        const { Retention } = await witness().send(new GetObjectRetentionCommand(command));
        expect(Retention?.RetainUntilDate?.getTime(), key).toBeGreaterThan(Date.now());
      }
    },
  );
});

async function packs(store: ObjectStore): Promise<string[]> {
  return [...(await keysUnder(store, 'data/')), ...(await keysUnder(store, 'meta/'))];
}

async function pruned(vault: Vault): Promise<PruneSummary> {
  const { signal } = new AbortController();
  let summary: PruneSummary | undefined;
  for await (const event of prune(vault, { signal, program: 'test', graceMs: 0 })) {
    if (event.type === 'summary') summary = event;
  }
  if (!summary) throw new Error('a prune ends with its summary');
  return summary;
}
