import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8Bytes } from '../../src/base/bytes.ts';
import type { TarMember } from '../../src/jobs/cat/tar-header.ts';
import { TAR_BLOCK_BYTES, TarType, encodeTarHeader } from '../../src/jobs/cat/tar-header.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();

const member: TarMember = {
  name: utf8Bytes('file'),
  type: TarType.file,
  linkName: new Uint8Array(0),
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: 'root',
  group: 'root',
  sizeBytes: 0,
  mtimeSec: 0,
  mtimeNs: 0,
  major: 0,
  minor: 0,
  xattrs: [],
};

/** What Python's reader makes of a header. */
function read(change: Partial<TarMember>): Record<string, unknown> {
  const archive = join(folder, 'header.tar');
  writeFileSync(archive, encodeTarHeader({ ...member, ...change }));
  const script =
    'import json,sys,tarfile\n' +
    'm=tarfile.open(sys.argv[1], errors="surrogateescape").next()\n' +
    'print(json.dumps(dict(name=m.name,link=m.linkname,size=m.size,uid=m.uid,gid=m.gid,' +
    'mtime=m.mtime,user=m.uname,major=m.devmajor,minor=m.devminor,pax=m.pax_headers)))';
  return JSON.parse(execFileSync('python3', ['-c', script, archive]).toString()) as Record<
    string,
    unknown
  >;
}

const hasPython = (() => {
  try {
    return execFileSync('python3', ['--version']).length > 0;
  } catch {
    return false;
  }
})();

describe('the header of a tar archive', () => {
  test('is one block where that says it all', () => {
    expect(encodeTarHeader(member)).toHaveLength(TAR_BLOCK_BYTES);
    expect(encodeTarHeader({ ...member, name: utf8Bytes('n'.repeat(100)) })).toHaveLength(
      TAR_BLOCK_BYTES,
    );
  });

  test.runIf(hasPython).each([
    [{ sizeBytes: 8 ** 11 - 1 }, { size: 8 ** 11 - 1, pax: {} }],
    [{ sizeBytes: 8 ** 11 }, { size: 8 ** 11 }],
    [{ sizeBytes: 2 ** 50 + 1 }, { size: 2 ** 50 + 1 }],
    [
      { uid: 2_097_151, gid: 2_097_152 },
      { uid: 2_097_151, gid: 2_097_152 },
    ],
    [{ uid: 2 ** 32 - 2 }, { uid: 2 ** 32 - 2 }],
    [{ mtimeSec: 8 ** 11 }, { mtime: 8 ** 11 }],
    [{ mtimeSec: -1 }, { mtime: -1 }],
    [{ mtimeSec: -2, mtimeNs: 250_000_000 }, { mtime: -1.75 }],
    [{ mtimeSec: -1, mtimeNs: 500_000_000 }, { mtime: -0.5 }],
    [{ mtimeSec: 5, mtimeNs: 1 }, { pax: { mtime: '5.000000001' } }],
    [{ user: 'u'.repeat(32) }, { user: 'u'.repeat(32) }],
    [{ user: 'jürgen' }, { user: 'jürgen' }],
    [{ name: utf8Bytes('ä'.repeat(500)) }, { name: 'ä'.repeat(500) }],
    [{ name: utf8Bytes('n'.repeat(101)) }, { name: 'n'.repeat(101) }],
    [
      { type: TarType.symlink, linkName: utf8Bytes(`to/${'x'.repeat(4000)}`) },
      { link: `to/${'x'.repeat(4000)}` },
    ],
    [
      { type: TarType.blockDevice, major: 2 ** 24, minor: 2 ** 31 },
      { major: 2 ** 24, minor: 2 ** 31 },
    ],
    [
      { xattrs: [{ name: utf8Bytes('user.a=b%'), value: utf8Bytes('x=\ny') }] },
      { pax: { 'SCHILY.xattr.user.a%3Db%25': 'x=\ny' } },
    ],
  ] as [Partial<TarMember>, object][])('says %j', (change, expected) => {
    expect(read(change)).toMatchObject(expected);
  });

  test.runIf(hasPython)('counts the length of a record right at every number of digits', () => {
    for (const length of [1, 80, 85, 86, 87, 88, 90, 975, 980, 981, 982, 983, 984, 985, 990]) {
      const value = new Uint8Array(length).fill(0x61);
      const said = read({ xattrs: [{ name: utf8Bytes('u'), value }] });
      expect(said).toMatchObject({ pax: { 'SCHILY.xattr.u': 'a'.repeat(length) }, name: 'file' });
    }
  });
});
