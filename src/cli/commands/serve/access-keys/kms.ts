/**
 * `--add-key`, `--list-keys` and `--remove-key` of `cybs3 serve kms`: also beside a running server.
 * @module
 */
import { AppError } from '../../../../base/failure.ts';
import { AccessKeys } from '../../../../servers/kms/access/access-keys.ts';
import { OPERATIONS } from '../../../../servers/kms/operations/all-operations.ts';
import { openKmsData } from '../../../../servers/kms/open-kms-data.ts';
import { isUserName } from '../../../../servers/secrets/access-key-names.ts';
import type { CommandContext } from '../../../command.ts';
import type { KmsFlags } from '../kms.ts';
import { findMasterKey } from '../master-key-options.ts';
import { showKeys, showNewKey, showRemoved } from './show.ts';

const KEY_TEXT = /^(arn:aws:kms:[\w-]+:\d{12}:)?(alias\/[\w/-]{1,250}|(key\/)?[\da-f-]{36})$/;

/** @throws AppError `usage`, and as `findMasterKey` and `openKmsData` */
export async function changeAccessKeys(
  context: CommandContext<KmsFlags>,
  folder: string,
): Promise<void> {
  const { addKey, removeKey } = context.flags;
  if (addKey !== undefined) assertWish(context.flags, addKey);
  using master = await findMasterKey(context);
  const db = openKmsData(folder, master);
  try {
    const accessKeys = new AccessKeys(db, master);
    if (addKey !== undefined) await add(context, accessKeys, addKey);
    else if (removeKey !== undefined) {
      showRemoved(context.out, removeKey, accessKeys.remove(removeKey));
    } else {
      await showKeys(context.out, accessKeys.list().map(factsOf), {
        operations: ({ operations }) => operations.join(',') || 'all',
        keys: ({ keyIds }) => keyIds.join(',') || 'all',
      });
    }
  } finally {
    db.close();
  }
}

function assertWish({ allowOperation = [], allowKey = [] }: KmsFlags, name: string): void {
  if (!isUserName(name)) {
    throw new AppError('usage', 'the name of an access key has letters, digits and +=,.@_- only');
  }
  const unknown = allowOperation.find((one) => !OPERATIONS.has(one));
  if (unknown !== undefined) {
    const hint = 'write it as in the API, such as GenerateDataKey';
    throw new AppError('usage', `there is no operation ${unknown}`, { hint });
  }
  if (!allowKey.every((one) => KEY_TEXT.test(one))) {
    const hint = 'give ids, ARNs or alias/…';
    throw new AppError('usage', '--allow-key has something that is no key', { hint });
  }
}

async function add(
  { flags, out, clock, random }: CommandContext<KmsFlags>,
  accessKeys: AccessKeys,
  name: string,
): Promise<void> {
  const { allowOperation: operations = [], allowKey: keyIds = [] } = flags;
  const { secret, ...key } = accessKeys.add({ name, operations, keyIds }, clock(), random);
  await showNewKey(out, factsOf(key), secret);
}

function factsOf(key: ReturnType<AccessKeys['list']>[number]) {
  const { accessKeyId, name, operations, keyIds, createdMs } = key;
  return { accessKeyId, name, operations, keyIds, created: new Date(createdMs).toISOString() };
}
