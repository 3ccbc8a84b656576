/**
 * Bucket keys: one data key of the KMS for many objects of a bucket, kept for a while, so that not
 * every object costs a request to the KMS. Object keys are wrapped under it. A key that is disabled
 * in the KMS can be used for as long as that while lasts. Source: AWS, "Reducing the cost of
 * SSE-KMS with Amazon S3 Bucket Keys".
 * @module
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../base/ports.ts';
import { MasterKey } from '../../secrets/master-key.ts';
import { canonicalContext } from './encryption-context.ts';
import type { EncryptionContext } from './encryption-context.ts';
import type { KmsClient } from './kms-client.ts';

export const BUCKET_KEY_LIFE_MS = 60_000;
const KEPT_MAX = 256;

export interface BucketKey {
  readonly key: MasterKey;
  readonly keyArn: string;
  /** Base64. */
  readonly kmsBlob: string;
}

interface Kept {
  readonly answer: Promise<BucketKey>;
  readonly untilMs: number;
}

export class BucketKeys {
  readonly #kms: KmsClient;
  readonly #clock: Clock;
  /** In order of age. */
  readonly #kept = new Map<string, Kept>();

  constructor(kms: KmsClient, clock: Clock) {
    this.#kms = kms;
    this.#clock = clock;
  }

  /** For new objects. @throws S3Error as `KmsClient.generate` */
  current(keyId: string | undefined, context: EncryptionContext): Promise<BucketKey> {
    const name = nameOf('new', keyId ?? '', canonicalContext(context));
    return this.#keep(name, async () => {
      const { plain, keyArn, blob } = await this.#kms.generate(keyId, context);
      const key = taken(plain);
      const found = { key, keyArn, kmsBlob: Buffer.from(blob).toString('base64') };
      // What is written now is likely to be read soon.
      this.#put(openName(found, context), Promise.resolve(found));
      return found;
    });
  }

  /** Of an object that is there. @throws S3Error as `KmsClient.decrypt` */
  open(sealed: Omit<BucketKey, 'key'>, context: EncryptionContext): Promise<BucketKey> {
    return this.#keep(openName(sealed, context), async () => {
      const blob = Buffer.from(sealed.kmsBlob, 'base64');
      const plain = await this.#kms.decrypt(sealed.keyArn, blob, context);
      return { ...sealed, key: taken(plain) };
    });
  }

  /** Forgets all of them. */
  clear(): void {
    this.#kept.clear();
  }

  #keep(name: string, ask: () => Promise<BucketKey>): Promise<BucketKey> {
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.untilMs > this.#clock()) return kept.answer;
    const answer = ask();
    this.#put(name, answer);
    // A refusal is not kept: the next request asks again.
    answer.catch(() => {
      if (this.#kept.get(name)?.answer === answer) this.#kept.delete(name);
    });
    return answer;
  }

  #put(name: string, answer: Promise<BucketKey>): void {
    const nowMs = this.#clock();
    for (const [oldest, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#kept.size < KEPT_MAX) break;
      this.#kept.delete(oldest);
    }
    this.#kept.delete(name);
    this.#kept.set(name, { answer, untilMs: nowMs + BUCKET_KEY_LIFE_MS });
  }
}

// Forgotten keys are left to the collector, not wiped: a request may be at work with one.
function taken(plain: Uint8Array): MasterKey {
  const key = MasterKey.of(plain);
  plain.fill(0);
  return key;
}

function openName(sealed: Omit<BucketKey, 'key'>, context: EncryptionContext): string {
  return nameOf('open', sealed.keyArn, sealed.kmsBlob, canonicalContext(context));
}

function nameOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
