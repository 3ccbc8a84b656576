import { describe, expect, test } from 'vitest';
import { parseSnapshotArgument } from '../../src/cli/options/snapshot-argument.ts';
import { collectPairs, dataSubset, rate, time } from '../../src/cli/options/parse.ts';
import { storeSettingsFromEnv } from '../../src/cli/options/store-settings.ts';
import { entryJson, entryText } from '../../src/cli/render/entry-text.ts';
import { Pace } from '../../src/cli/render/pace.ts';
import { facts, table } from '../../src/cli/render/table.ts';
import { counted, grouped, shortened } from '../../src/cli/render/words.ts';
import { wordsTable } from '../../src/cli/prompts/show-words.ts';
import { EntryType, type Entry } from '../../src/format/entry.ts';

describe('pace', () => {
  test('says nothing about the end before three seconds', () => {
    const pace = new Pace();
    pace.observe(0, { bytes: 0, files: 0 });
    pace.observe(2000, { bytes: 2_000_000, files: 0 });
    expect(pace.bytesPerSecond).toBe(1_000_000);
    expect(pace.leftMs({ bytes: 10_000_000, files: 0 })).toBeUndefined();
  });

  test('estimates from the last half minute, not from all of it', () => {
    const pace = new Pace();
    for (let s = 0; s <= 60; s++) pace.observe(s * 1000, { bytes: s * 1000, files: 0 });
    for (let s = 1; s <= 40; s++) {
      pace.observe(60_000 + s * 1000, { bytes: 60_000 + s * 9000, files: 0 });
    }
    expect(pace.bytesPerSecond).toBeCloseTo(9000, 0);
    expect(pace.leftMs({ bytes: 420_000 + 90_000, files: 0 })).toBeCloseTo(10_000, 0);
  });

  test('counts files, too: a million empty ones take their time', () => {
    const pace = new Pace();
    pace.observe(0, { bytes: 0, files: 0 });
    pace.observe(10_000, { bytes: 0, files: 1000 });
    expect(pace.leftMs({ bytes: 0, files: 2000 })).toBeCloseTo(10_000, 0);
  });

  test('promises nothing when nothing moves', () => {
    const pace = new Pace();
    for (let s = 0; s < 40; s++) pace.observe(s * 1000, { bytes: 5, files: 1 });
    expect(pace.leftMs({ bytes: 10, files: 2 })).toBeUndefined();
  });
});

test('numbers, tables and long paths', () => {
  expect([grouped(7), grouped(1234), grouped(1_234_567)]).toEqual(['7', '1,234', '1,234,567']);
  expect([counted(1, 'file'), counted(2000, 'file')]).toEqual(['1 file', '2,000 files']);
  expect(shortened('/a/long/path', 6)).toBe('…/path');
  expect(shortened('/short', 6)).toBe('/short');
  const columns = [{ title: 'a' }, { title: 'n', align: 'right' }] as const;
  expect(table(columns, [['xyz', '7']])).toBe('a    n\nxyz  7\n');
  expect(facts([['k', 'v'] as const, ['long', 'w'] as const])).toBe('k     v\nlong  w\n');
});

test('words are shown in rows of three, numbered', () => {
  expect(wordsTable('one two three four')).toBe(
    '   1  one        2  two        3  three\n   4  four\n',
  );
});

describe('a snapshot and a path in it', () => {
  const read = (text: string): (string | undefined)[] => {
    const { selector, path } = parseSnapshotArgument(text);
    return [selector, path && Buffer.from(path).toString().replaceAll('\0', '|')];
  };

  test.each([
    ['latest', ['latest', undefined]],
    ['latest~2', ['latest~2', undefined]],
    ['4f2a:/home/me', ['4f2a', 'home|me']],
    ['4f2a:home//me/', ['4f2a', 'home|me']],
    ['4f2a:/', ['4f2a', undefined]],
    ['latest:tag=x', ['latest:tag=x', undefined]],
    ['latest:tag=x:host=h:/a:b', ['latest:tag=x:host=h', 'a:b']],
    ['latest:C:/Users/me', ['latest', 'C:|Users|me']],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('needs a snapshot', () => {
    expect(() => parseSnapshotArgument(':/home')).toThrow('no snapshot is named');
  });
});

describe('values', () => {
  test('rates, shares, times and pairs', () => {
    expect([rate('5M'), rate('5M/s'), rate('100')]).toEqual([5 * 2 ** 20, 5 * 2 ** 20, 100]);
    expect([dataSubset('5%'), dataSubset('1/7'), dataSubset('2GiB')]).toEqual([
      { fraction: 0.05 },
      { part: 1, of: 7 },
      { bytes: 2 ** 31 },
    ]);
    expect(time('2026-11-21T20:15:00Z')).toBe(Date.UTC(2026, 10, 21, 20, 15));
    expect(collectPairs('a=b=c', { x: 'y' })).toEqual({ x: 'y', a: 'b=c' });
  });

  test.each(['0%', '101%', '0/7', '8/7', '1/x', '0', '', '5 %%'])('%j is no share', (text) => {
    expect(() => dataSubset(text)).toThrow('Write a share');
  });

  test('store settings come from the environment, typed', () => {
    const env = {
      CYBS3_ENDPOINT: 'https://x',
      CYBS3_PATH_STYLE: '0',
      CYBS3_LIMIT_UPLOAD: '1M',
      CYBS3_SSE_KMS_CONTEXT: 'a=1,b=2',
      CYBS3_REGION: '',
    };
    expect(storeSettingsFromEnv(env)).toEqual({
      endpoint: 'https://x',
      pathStyle: false,
      limitUpload: 2 ** 20,
      sseKmsContext: { a: '1', b: '2' },
    });
    expect(() => storeSettingsFromEnv({ CYBS3_SSE: 'rot13' })).toThrow('CYBS3_SSE is not valid');
  });
});

describe('an entry', () => {
  const entry: Entry = {
    path: Buffer.from('home\0m\xff\x1b[2J', 'latin1'),
    type: EntryType.symlink,
    mode: 0o4755,
    uid: 1000,
    gid: 7,
    user: 'me',
    group: '',
    mtimeSec: 1_700_000_000,
    mtimeNs: 5,
    ctimeSec: 0,
    ctimeNs: 0,
    device: 0n,
    inode: 0n,
    links: 1,
    size: 0,
    sparse: false,
    target: Buffer.from('../x'),
    rdevMajor: 0,
    rdevMinor: 0,
    xattrs: [],
    contentDepth: 0,
    content: new Uint8Array(0),
  };

  test('cannot steer the terminal', () => {
    expect(entryText(entry, false)).not.toContain('\x1b');
    expect(entryText(entry, true)).toMatch(/^lrwsr-xr-x {2}me {7}7 .* -> \.\.\/x\n$/);
  });

  test('keeps names that are not text, for programs', () => {
    expect(entryJson(entry)).toMatchObject({
      pathBase64: Buffer.from('/home/m\xff\x1b[2J', 'latin1').toString('base64'),
      mode: '4755',
      type: 'symlink',
      mtime: '2023-11-14T22:13:20.000000005Z',
    });
  });
});
