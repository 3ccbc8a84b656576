/**
 * What becomes known of a request while it is answered, for the audit log and the metrics: also of one that
 * is refused. Never a body, a signature, a secret, or a context (only its digest).
 * @module
 */
import type { AuditEntry } from '../../audit/audit-line.ts';
import type { KeyUse, KmsPrincipal } from '../call.ts';
import { contextDigest } from '../crypto/encryption-context.ts';
import type { KmsKey } from '../keys/key.ts';

/** Of what a client says of itself. */
const TEXT_MAX = 128;

/** What names of keys can look like. Anything else stays out of the log. */
const KEY_TEXT = /^[\w:/-]{1,320}$/;

type Members = Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly status: number;
  /** The error's name; undefined where all went well. */
  readonly error: string | undefined;
}

export class RequestTrace {
  readonly id: string;
  readonly remoteAddress: string;
  /** One that exists. */
  operation: string | undefined;
  #claimed: string | undefined;
  #principal: KmsPrincipal | undefined;
  #asked: string | undefined;
  #alias: string | undefined;
  readonly #used: { readonly key: string; readonly context?: string }[] = [];

  constructor(id: string, remoteAddress: string) {
    this.id = id;
    this.remoteAddress = remoteAddress;
  }

  /** Not verified yet: anybody can claim to be anybody. */
  claims(accessKeyId: string): void {
    this.#claimed = accessKeyId.slice(0, TEXT_MAX);
  }

  /** Access key that it comes from, as it says itself; undefined: it does not say. */
  get who(): string | undefined {
    return this.#principal?.accessKeyId ?? this.#claimed;
  }

  verified(principal: KmsPrincipal): void {
    this.#principal = principal;
  }

  asks({ KeyId: keyId, TargetKeyId: target, AliasName: alias }: Members): void {
    this.#asked = loggable(keyId ?? target);
    this.#alias = loggable(alias);
  }

  /** What CreateKey answers: a key that nobody could name before. */
  answers({ KeyMetadata: made }: Members): void {
    if (this.#used.length > 0 || typeof made !== 'object' || made === null) return;
    if ('Arn' in made && typeof made.Arn === 'string') this.#used.push({ key: made.Arn });
  }

  uses(key: KmsKey, { context }: KeyUse): void {
    const digest = context === undefined ? {} : { context: contextDigest(context) };
    this.#used.push({ key: key.arn, ...digest });
  }

  /** The line of the audit log. ReEncrypt has a second key, `to`. */
  entry({ status, error }: Outcome): AuditEntry {
    const [first, second] = this.#used;
    const principal = this.#principal;
    return {
      event: 'request',
      id: this.id,
      remote: this.remoteAddress,
      ...(principal
        ? { principal: principal.name, accessKeyId: principal.accessKeyId }
        : this.#claimed !== undefined && { claimedAccessKeyId: this.#claimed }),
      ...(this.operation !== undefined && { operation: this.operation }),
      ...(first ?? (this.#asked !== undefined && { asked: this.#asked })),
      ...(this.#alias !== undefined && { alias: this.#alias }),
      ...(second && { to: { ...second } }),
      outcome: error ?? 'ok',
      status,
    };
  }
}

function loggable(text: unknown): string | undefined {
  return typeof text === 'string' && KEY_TEXT.test(text) ? text : undefined;
}
