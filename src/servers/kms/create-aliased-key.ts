/**
 * Makes a key with an alias without asking a server: the first key of a new KMS.
 * @module
 */
import type { Clock, RandomBytes } from '../../base/ports.ts';
import { GroupCommit } from '../database/group-commit.ts';
import type { MasterKey } from '../secrets/master-key.ts';
import type { KmsCall } from './call.ts';
import { KeyStore } from './keys/key-store.ts';
import { openKmsData } from './open-kms-data.ts';
import { KmsError } from './kms-error.ts';
import { readAliasName } from './operations/aliases/alias-name.ts';
import { createAlias } from './operations/aliases/create-alias.ts';
import { Members } from './operations/input/members.ts';
import { createKey } from './operations/keys/create-key.ts';
import { KMS_ACCOUNT } from './serve-kms.ts';

export interface AliasedKeyOptions {
  /** Of the server, which may be running. */
  readonly folder: string;
  readonly master: MasterKey;
  readonly region: string;
  /** `alias/…`. */
  readonly alias: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Whoever holds the master key may do everything. */
const OWNER = { accessKeyId: 'local', name: 'local', operations: [], keyIds: [] };

/**
 * @returns its ARN
 * @throws KmsError `AlreadyExistsException`, `InvalidAliasNameException`, `ValidationException`; AppError as
 * `openKmsData`
 */
export async function createAliasedKey(options: AliasedKeyOptions): Promise<string> {
  const { folder, master, region, alias, clock, random } = options;
  const db = openKmsData(folder, master);
  try {
    const account = KMS_ACCOUNT;
    const commit = new GroupCommit(db);
    using keys = new KeyStore({ db, commit, master, random, region, account });
    const call: KmsCall = {
      id: 'local',
      nowMs: clock(),
      principal: OWNER,
      keys,
      random,
      region,
      account,
      authorize: () => undefined,
      authorizeAlso: () => undefined,
    };
    const input = { AliasName: alias };
    if (keys.aliases.find(readAliasName(new Members(input))) !== undefined) {
      throw new KmsError('AlreadyExistsException', `there is a key ${alias} already`);
    }
    const { KeyMetadata } = await createKey.run({}, call);
    const { Arn, KeyId } = Object(KeyMetadata) as { Arn: string; KeyId: string };
    await createAlias.run({ ...input, TargetKeyId: KeyId }, call);
    return Arn;
  } finally {
    db.close();
  }
}
