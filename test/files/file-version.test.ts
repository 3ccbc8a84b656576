import type { BigIntStats } from 'node:fs';
import { utimesSync, lstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { versionOf } from '../../src/files/read/file-version.ts';
import { fc, test } from '../base/property.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tree } from '../support/tree.ts';

const base = temporaryFolder();
const NANOS = 1_000_000_000n;

/** Stats as Node gives them: milliseconds are cut off towards zero. */
function statsOf(mtimeNs: bigint, ctimeNs: bigint): BigIntStats {
  const [mtimeMs, ctimeMs] = [mtimeNs / 1_000_000n, ctimeNs / 1_000_000n];
  return { size: 7n, mtimeNs, mtimeMs, ctimeNs, ctimeMs } as BigIntStats;
}

describe('the version of a file', () => {
  const seconds = fc.bigInt(-(2n ** 40n), 2n ** 40n);
  const nanoseconds = fc.oneof(fc.constantFrom(0n, 1n, NANOS - 1n), fc.bigInt(0n, NANOS - 1n));

  test(
    'has times to the nanosecond, also before 1970 and after 2106',
    [seconds, nanoseconds, seconds, nanoseconds],
    (mtime, mtimeNs, ctime, ctimeNs) => {
      expect(versionOf(statsOf(mtime * NANOS + mtimeNs, ctime * NANOS + ctimeNs))).toEqual({
        size: 7,
        mtimeSec: Number(mtime),
        mtimeNs: Number(mtimeNs),
        ctimeSec: Number(ctime),
        ctimeNs: Number(ctimeNs),
      });
    },
  );

  it('of a real file of 1969 has its seconds rounded down', () => {
    const dir = tree(`${base}/old`, { f: 'x' });
    utimesSync(`${dir}/f`, new Date(-1500), new Date(-1500));
    const version = versionOf(lstatSync(`${dir}/f`, { bigint: true }));
    expect(version).toMatchObject({ mtimeSec: -2, mtimeNs: 500_000_000 });
  });
});
