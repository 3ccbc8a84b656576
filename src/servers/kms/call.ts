/**
 * What an operation of the KMS is given, and what it is.
 * @module
 */
import type { RandomBytes } from '../../base/ports.ts';
import type { EncryptionContext } from './crypto/encryption-context.ts';
import type { KeyStore } from './keys/key-store.ts';
import type { KmsKey } from './keys/key.ts';

/** Who asks, and what the access key allows. */
export interface KmsPrincipal {
  readonly accessKeyId: string;
  readonly name: string;
  /** Empty: all. */
  readonly operations: readonly string[];
  /** Ids, ARNs or aliases as given. Empty: all. */
  readonly keyIds: readonly string[];
}

/** How a key is about to be used. */
export interface KeyUse {
  /** What a policy calls it: `Encrypt`, `ReEncryptFrom`, … without `kms:`. */
  readonly action: string;
  /** Given where the operation takes one, even when it is empty. */
  readonly context?: EncryptionContext;
}

/** One request that has passed its signature. */
export interface KmsCall {
  /** Of the request, for answers and logs. */
  readonly id: string;
  readonly nowMs: number;
  readonly principal: KmsPrincipal;
  readonly keys: KeyStore;
  readonly random: RandomBytes;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /**
   * Told of every key before it is used or changed, for audit and policy; ReEncrypt tells of two. A call
   * that names no key (CreateKey, ListKeys, GenerateRandom, …) never comes here.
   * @throws KmsError `AccessDeniedException`
   */
  authorize(key: KmsKey, use: KeyUse): void;
  /**
   * Asks for the right to another operation, to be done to a key that is not made yet.
   * @throws KmsError `AccessDeniedException`
   */
  authorizeAlso(operation: string): void;
}

/** An operation by its name in the API. */
export interface KmsOperation {
  readonly name: string;
  /**
   * @param input parsed JSON, checked here: members it does not know are ignored as AWS does
   * @returns the answer's members; `{}` for operations that answer nothing
   * @throws KmsError
   */
  run(
    input: Readonly<Record<string, unknown>>,
    call: KmsCall,
  ): Promise<Record<string, unknown>> | Record<string, unknown>;
}
