import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { describe, expect, test } from 'vitest';
import { systemCode } from '../../src/base/failure.ts';
import { describeErrno } from '../../src/files/errno.ts';
import { systemFailure } from '../../src/store/directory/system-failure.ts';
import { diskFailure } from '../../src/servers/s3/storage/disk-failure.ts';

/** As `node:fs` throws it. */
function systemError(name: 'EDQUOT' | 'ESTALE' | 'ENOSPC'): Error {
  const errno = -constants.errno[name];
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${code}: it failed, write`), { errno, code, syscall: 'write' });
}

describe('the code of a failed system call', () => {
  test('is what Node calls it', () => {
    expect(() => readFileSync('/no/such/file')).toThrow(
      expect.toSatisfy((error) => systemCode(error) === 'ENOENT'),
    );
    expect(systemCode(systemError('ENOSPC'))).toBe('ENOSPC');
    expect(systemCode(new Error('no call'))).toBe('');
    expect(systemCode('no error')).toBe('');
  });

  test.runIf(process.platform === 'linux')('is known where libuv has no name for it', () => {
    const quota = systemError('EDQUOT');
    expect('code' in quota && quota.code).toMatch(/^Unknown system error/);
    expect(systemCode(quota)).toBe('EDQUOT');
    expect(systemFailure(quota, 'write').code).toBe('store/full');
    expect(diskFailure(quota)).toMatchObject({ code: 'InsufficientStorage' });
    expect(describeErrno(systemError('ESTALE'))).toBe('the network file system lost the file');
    const unknown = Object.assign(new Error('?'), {
      errno: -9999,
      code: 'Unknown system error -9999',
    });
    expect(systemCode(unknown)).toBe('Unknown system error -9999');
  });
});
