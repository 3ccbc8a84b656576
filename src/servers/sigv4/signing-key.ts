/**
 * Keys that requests of one day, region and service are signed with.
 * Source: AWS, "Create a signed AWS API request", step 4.
 * @module
 */
import { createHmac, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SCOPE_END } from './signed-request.ts';
import type { Claim } from './signed-request.ts';

export type SigningScope = Pick<Claim, 'date' | 'region' | 'service'>;

/**
 * A key object, as Node takes raw bytes eight times as long (an HMAC of 12 µs). It cannot be wiped: neither can the
 * secret that it is from, which is text, and it is worth less and only for its day.
 */
export class SigningKey {
  readonly #key: KeyObject;

  private constructor(key: Buffer) {
    this.#key = createSecretKey(key);
    key.fill(0);
  }

  static derive(secret: string, { date, region, service }: SigningScope): SigningKey {
    let key = hmac(Buffer.from(`AWS4${secret}`), date);
    for (const part of [region, service, SCOPE_END]) key = hmac(key, part);
    return new SigningKey(key);
  }

  /** @returns 64 characters of lower-case hex */
  sign(text: string | Buffer): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

const KEYS_MAX = 1000;

/** Keys that were used last, so that a request costs one HMAC and not five. A server has one of these. */
export class SigningKeys {
  readonly #keys = new Map<string, SigningKey>();
  /** Name of the one that was used last: most requests use that one again. */
  #last = '';

  of(secret: string, scope: SigningScope): SigningKey {
    const name = `${scope.date}/${scope.region}/${scope.service}/${secret}`;
    const known = this.#keys.get(name);
    if (known && name === this.#last) return known;
    this.#last = name;
    if (known) this.#keys.delete(name);
    const key = known ?? SigningKey.derive(secret, scope);
    this.#keys.set(name, key);
    if (this.#keys.size > KEYS_MAX) this.#forgetOldest();
    return key;
  }

  #forgetOldest(): void {
    for (const name of this.#keys.keys()) {
      this.#keys.delete(name);
      return;
    }
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', createSecretKey(key)).update(text).digest();
}
