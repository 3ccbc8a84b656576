/**
 * A KMS without its server: real keys in a real database, with a clock that tests set.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { KeyUse, KmsCall, KmsPrincipal } from '../../../../src/servers/kms/call.ts';
import { GroupCommit } from '../../../../src/servers/database/group-commit.ts';
import { openDatabase } from '../../../../src/servers/database/open-database.ts';
import { KeyStore } from '../../../../src/servers/kms/keys/key-store.ts';
import { KEY_TABLES } from '../../../../src/servers/kms/keys/key-tables.ts';
import type { KmsKey } from '../../../../src/servers/kms/keys/key.ts';
import { KmsError } from '../../../../src/servers/kms/kms-error.ts';
import { OPERATIONS } from '../../../../src/servers/kms/operations/all-operations.ts';
import { MasterKey } from '../../../../src/servers/secrets/master-key.ts';

export const REGION = 'eu-test-1';
export const ACCOUNT = '000000000000';
export const DAY_MS = 86_400_000;

type Members = Record<string, unknown>;

/** What an operation answered, as a client gets it. */
export interface Answer {
  readonly [name: string]: unknown;
}

export const EVERYTHING: KmsPrincipal = {
  accessKeyId: 'AKTEST',
  name: 'tester',
  operations: [],
  keyIds: [],
};

export class TestKms implements Disposable {
  nowMs = Date.parse('2026-03-01T12:00:00Z');
  principal = EVERYTHING;
  readonly db: DatabaseSync;
  readonly commit: GroupCommit;
  readonly master: MasterKey;
  readonly keys: KeyStore;
  /** Every key that an operation told of. */
  readonly uses: { readonly key: KmsKey; readonly use: KeyUse }[] = [];
  /** To refuse a use, throw. */
  authorize: KmsCall['authorize'] = () => undefined;

  constructor(file: string) {
    this.db = openDatabase(file, [KEY_TABLES]);
    this.commit = new GroupCommit(this.db);
    this.master = MasterKey.of(Buffer.alloc(32, 7));
    const { db, commit, master } = this;
    const options = { db, commit, master, random: randomBytes, region: REGION, account: ACCOUNT };
    this.keys = new KeyStore(options);
  }

  /** @throws KmsError */
  async call(operation: string, input: Members = {}): Promise<Answer> {
    const answer = await OPERATIONS.get(operation)?.run(input, {
      id: 'TEST',
      nowMs: this.nowMs,
      principal: this.principal,
      keys: this.keys,
      random: randomBytes,
      region: REGION,
      account: ACCOUNT,
      authorize: (key, use) => {
        this.uses.push({ key, use });
        this.authorize(key, use);
      },
      authorizeAlso: () => undefined,
    });
    return JSON.parse(JSON.stringify(answer)) as Answer;
  }

  /** The name of the error that the operation fails with; whatever else happens is thrown. */
  async errorOf(operation: string, input: Members = {}): Promise<string> {
    return (await this.failure(operation, input)).code;
  }

  async failure(operation: string, input: Members = {}): Promise<KmsError> {
    try {
      await this.call(operation, input);
    } catch (error) {
      if (error instanceof KmsError) return error;
      throw error;
    }
    throw new Error(`${operation} did not fail`);
  }

  /** @returns its id */
  async createKey(input: Members = {}): Promise<string> {
    const { KeyMetadata } = await this.call('CreateKey', input);
    return String((KeyMetadata as Members)['KeyId']);
  }

  async createMacKey(bits = 256): Promise<string> {
    return this.createKey({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' });
  }

  /** @returns KeyMetadata */
  async describe(keyId: string): Promise<Members> {
    return (await this.call('DescribeKey', { KeyId: keyId }))['KeyMetadata'] as Members;
  }

  /** @returns CiphertextBlob */
  async encrypt(keyId: string, text: string, context?: Record<string, string>): Promise<string> {
    const input = { KeyId: keyId, Plaintext: base64(text), EncryptionContext: context };
    return String((await this.call('Encrypt', input))['CiphertextBlob']);
  }

  async decrypt(blob: string, context?: Record<string, string>): Promise<string> {
    const input = { CiphertextBlob: blob, EncryptionContext: context };
    const { Plaintext } = await this.call('Decrypt', input);
    return Buffer.from(String(Plaintext), 'base64').toString();
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }

  [Symbol.dispose](): void {
    this.keys[Symbol.dispose]();
    this.master[Symbol.dispose]();
    this.db.close();
  }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
