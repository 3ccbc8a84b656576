/** What a file cannot have costs neither the rest of the restore its time, nor the file its other attributes. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Xattr } from '../../../src/format/entry.ts';
import { MetadataWriter } from '../../../src/files/restore/metadata/metadata-writer.ts';
import type { MetadataProblem } from '../../../src/files/restore/metadata/metadata-writer.ts';
import type { NativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const path = join(temporaryFolder(), 'file');

const attribute = (name: string, bytes: number): Xattr => ({
  name: Buffer.from(name),
  value: new Uint8Array(bytes),
});

/** A system that has so much room for the attributes of a file, and fails otherwise with `code`. */
class SmallSystem implements NativeCalls {
  readonly set: string[] = [];
  tried = 0;
  readonly #code: string;
  #room: number;

  constructor(room: number, code = 'ENOSPC') {
    this.#room = room;
    this.#code = code;
  }

  setTimes(): void {}
  setPathTimes(): void {}

  readonly setXattr = (_fd: number, name: Uint8Array, value: Uint8Array): void => {
    this.tried++;
    const bytes = name.length + value.length;
    if (bytes > this.#room) throw Object.assign(new Error('no room'), { code: this.#code });
    this.#room -= bytes;
    this.set.push(Buffer.from(name).toString());
  };
}

function apply(native: SmallSystem, xattrs: readonly Xattr[]): MetadataProblem[] {
  const writer = new MetadataWriter({ owner: false, identity: undefined, native });
  const fd = openSync(path, 'w');
  try {
    const metadata = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 1, mtimeNs: 0, xattrs };
    return writer.apply(fd, Buffer.from(path), metadata);
  } finally {
    closeSync(fd);
  }
}

describe('attributes that have no room', () => {
  test.each(['ENOSPC', 'EDQUOT'])('are one problem, and tried once (%s)', (code) => {
    const system = new SmallSystem(0, code);
    const many = Array.from({ length: 60_000 }, (_, n) => attribute(`user.${n}`, 10));
    const problems = apply(system, many);
    expect(system.tried).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'error', reason: 'xattr' });
    expect(problems[0]?.message).toContain('and 59999 more');
  });

  test('leave their places to the shorter ones', () => {
    const system = new SmallSystem(100);
    const xattrs = [
      attribute('user.huge', 5000),
      attribute('user.a', 20),
      attribute('user.large', 500),
      attribute('user.b', 10),
    ];
    const problems = apply(system, xattrs);
    expect(system.set).toEqual(['user.b', 'user.a']);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('"user.large" and 1 more'),
    ]);
  });
});

test('attributes that fail otherwise are a problem each', () => {
  const system = new SmallSystem(0, 'EPERM');
  const problems = apply(system, [attribute('trusted.a', 1), attribute('trusted.b', 1)]);
  expect(problems.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
});
