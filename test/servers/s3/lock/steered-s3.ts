/**
 * A server whose clock a test sets forward, and clients whose signatures follow it.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

export interface SteeredS3 {
  readonly s3: TestS3;
  client(who?: Parameters<TestS3['client']>[0]): S3Client;
  nowMs(): number;
  /** For the server and all its clients. */
  pass(ms: number): void;
}

export const DAY_MS = 86_400_000;

export async function startSteeredS3(): Promise<SteeredS3> {
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + offsetMs;
  const s3 = await startS3({ clock: nowMs });
  return {
    s3,
    nowMs,
    client: (who) => {
      const made = s3.client(who);
      // The SDK would set it back: node:http dates answers by the real clock.
      const get = () => offsetMs;
      Object.defineProperty(made.config, 'systemClockOffset', { get, set: () => {} });
      return made;
    },
    pass: (ms) => {
      offsetMs += ms;
    },
  };
}
