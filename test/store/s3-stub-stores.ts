/**
 * Stores on a fresh stub server for each test.
 * @module
 */
import { afterEach, beforeEach } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import type { RetryOptions } from '../../src/store/retry.ts';
import type { S3Config } from '../../src/store/s3/config.ts';
import { openS3Store } from '../../src/store/s3/open-s3-store.ts';
import { S3Stub } from './s3-stub.ts';

export const PACK = `data/ab/${'ab'.repeat(16)}`;
/** Four parts, the last one short. */
export const LARGE_BYTES = 15 * MiB + 1;
export const quick: RetryOptions = { firstPauseMs: 1, longestPauseMs: 5, totalMs: 5000 };
const parts = { singlePutBytes: 5 * MiB, partBytes: 5 * MiB };

/** Registers the hooks; what is opened here is closed after its test. */
export function useStub() {
  let stub: S3Stub;
  const open: ObjectStore[] = [];
  beforeEach(async () => {
    stub = await new S3Stub().start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
    await stub.stop();
  });

  /** An S3 store that retries only pages and parts. */
  async function plain(more: Partial<S3Config> = {}): Promise<ObjectStore> {
    const store = await openS3Store(stub.config({ retry: quick, ...parts, ...more }));
    open.push(store);
    return store;
  }

  /** A store as the command line opens it. */
  async function retrying(more: Partial<S3Config> = {}, retry = quick): Promise<ObjectStore> {
    const { bucket, prefix, ...s3 } = stub.config({ ...parts, ...more });
    const store = await openStore({ kind: 's3', bucket, prefix }, { s3, retry });
    open.push(store);
    return store;
  }

  return { stub: () => stub, plain, retrying };
}
