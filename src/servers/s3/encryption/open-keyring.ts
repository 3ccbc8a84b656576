/**
 * The keyring: a fresh data key for each object and each upload, kept only as a box. Boxes are
 * bound to the bucket and key they belong to: moved to another object they do not open.
 * @module
 */
import type { Clock, RandomBytes } from '../../../base/ports.ts';
import { MasterKey } from '../../secrets/master-key.ts';
import type { EncryptionRecord } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { BucketKeys } from './bucket-keys.ts';
import { contextFor } from './encryption-context.ts';
import { openBox, sealBox } from './key-box.ts';
import type { CustomerKey, DataKey, EncryptionWish, Keyring, ObjectPlace } from './keyring.ts';
import type { KmsClient } from './kms-client.ts';

export interface KeyringOptions {
  /** Stays the caller's, who disposes of it after the last use of the keyring. */
  readonly masterKey: MasterKey;
  /** Undefined: SSE-KMS is refused. */
  readonly kms?: KmsClient | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

type Made = Awaited<ReturnType<Keyring['create']>>;
type Wish<K extends EncryptionWish['kind']> = Extract<EncryptionWish, { kind: K }>;
type Recorded<K extends EncryptionRecord['kind']> = Extract<EncryptionRecord, { kind: K }>;

const KEY_BYTES = 32;

export function openKeyring(options: KeyringOptions): Keyring {
  return new ServerKeyring(options);
}

class ServerKeyring implements Keyring {
  readonly #master: MasterKey;
  readonly #random: RandomBytes;
  readonly #kms: KmsClient | undefined;
  readonly #bucketKeys: BucketKeys | undefined;

  constructor({ masterKey, kms, clock, random }: KeyringOptions) {
    this.#master = masterKey;
    this.#random = random;
    this.#kms = kms;
    this.#bucketKeys = kms && new BucketKeys(kms, clock);
  }

  async create(place: ObjectPlace, wish: EncryptionWish): Promise<Made> {
    switch (wish.kind) {
      case 'sse-s3': {
        const { bytes, box } = this.#fresh(this.#master, 'sse-s3', place);
        return made(bytes, { kind: 'sse-s3', wrappedKey: box });
      }
      case 'sse-kms':
        return this.#createKms(place, wish);
      case 'sse-c': {
        using customer = MasterKey.of(wish.customerKey.key);
        const { bytes, box } = this.#fresh(customer, 'sse-c', place);
        const { md5 } = wish.customerKey;
        return made(bytes, { kind: 'sse-c', wrappedKey: box, keyMd5: md5 });
      }
    }
  }

  async open(
    place: ObjectPlace,
    record: EncryptionRecord,
    customerKey: CustomerKey | undefined,
  ): Promise<DataKey> {
    if (record.kind === 'sse-c') return openCustomer(place, record, customerKey);
    if (customerKey !== undefined) {
      const message = 'The encryption parameters are not applicable to this object.';
      throw new S3Error('InvalidRequest', message);
    }
    switch (record.kind) {
      case 'sse-s3':
        return dataKey(opened(openBox(this.#master, record.wrappedKey, 'sse-s3', place)));
      case 'sse-kms':
        return this.#openKms(place, record);
      case 'none':
        return dataKey(new Uint8Array(KEY_BYTES));
    }
  }

  async #createKms(place: ObjectPlace, wish: Wish<'sse-kms'>): Promise<Made> {
    const { kms, bucketKeys } = this.#requireKms();
    const context = contextFor(place, wish.context, wish.bucketKeyEnabled);
    if (wish.bucketKeyEnabled) {
      const { key, keyArn, kmsBlob } = await bucketKeys.current(wish.keyId, context);
      const { bytes, box } = this.#fresh(key, 'bucket-key', place);
      const bucketKey = { wrappedKey: box };
      return made(bytes, { kind: 'sse-kms', keyArn, kmsBlob, context, bucketKey });
    }
    const { plain, keyArn, blob } = await kms.generate(wish.keyId, context);
    const kmsBlob = Buffer.from(blob).toString('base64');
    return made(plain, { kind: 'sse-kms', keyArn, kmsBlob, context, bucketKey: undefined });
  }

  async #openKms(place: ObjectPlace, record: Recorded<'sse-kms'>): Promise<DataKey> {
    const { kms, bucketKeys } = this.#requireKms();
    const { keyArn, kmsBlob, context, bucketKey } = record;
    if (bucketKey === undefined) {
      return dataKey(await kms.decrypt(keyArn, Buffer.from(kmsBlob, 'base64'), context));
    }
    const { key } = await bucketKeys.open({ keyArn, kmsBlob }, context);
    return dataKey(opened(openBox(key, bucketKey.wrappedKey, 'bucket-key', place)));
  }

  #requireKms(): { kms: KmsClient; bucketKeys: BucketKeys } {
    if (this.#kms && this.#bucketKeys) return { kms: this.#kms, bucketKeys: this.#bucketKeys };
    throw new S3Error('KMS.NotFoundException', 'This server was started without a KMS.');
  }

  #fresh(under: MasterKey, kind: string, place: ObjectPlace): { bytes: Uint8Array; box: string } {
    const bytes = this.#random(KEY_BYTES);
    return { bytes, box: sealBox(under, bytes, kind, place) };
  }
}

function openCustomer(
  place: ObjectPlace,
  record: Recorded<'sse-c'>,
  customerKey: CustomerKey | undefined,
): DataKey {
  if (customerKey === undefined) {
    const what = 'The object was stored using a form of Server Side Encryption.';
    const need = 'The correct parameters must be provided to retrieve the object.';
    throw new S3Error('InvalidRequest', `${what} ${need}`);
  }
  using key = MasterKey.of(customerKey.key);
  const bytes = openBox(key, record.wrappedKey, 'sse-c', place);
  if (bytes === undefined) throw new S3Error('AccessDenied', 'Access Denied');
  return dataKey(bytes);
}

function opened(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes !== undefined) return bytes;
  throw new S3Error('InternalError', 'The key of this object does not open: it was damaged.');
}

function made(bytes: Uint8Array, record: EncryptionRecord): Made {
  return { dataKey: dataKey(bytes), record };
}

/** Takes over `bytes`. */
function dataKey(bytes: Uint8Array): DataKey {
  return {
    bytes,
    [Symbol.dispose]() {
      bytes.fill(0);
    },
  };
}
