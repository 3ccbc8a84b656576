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
import { table } from '../../../render/table.ts';
import type { KmsFlags } from '../kms.ts';
import { findMasterKey } from '../master-key-options.ts';

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
    else if (removeKey !== undefined) remove(context, accessKeys, removeKey);
    else await list(context, accessKeys);
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
  if (out.json) {
    return out.document('access_key', { ...described(key), secretAccessKey: secret });
  }
  const lines = `AWS_ACCESS_KEY_ID=${key.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
  await out.deliver(lines, 'the access key');
  out.note('the secret is shown this once');
}

function remove({ out }: CommandContext<KmsFlags>, accessKeys: AccessKeys, id: string): void {
  if (!accessKeys.remove(id)) {
    throw new AppError('usage', 'there is no such access key', { hint: 'see --list-keys' });
  }
  out.note(`${id} is removed, and refused from now on`);
}

async function list({ out }: CommandContext<KmsFlags>, accessKeys: AccessKeys): Promise<void> {
  const keys = accessKeys.list();
  if (out.json) return out.document('access_keys', { accessKeys: keys.map(described) });
  if (keys.length === 0) return out.note('there is no access key yet; make one with --add-key');
  const titles = ['id', 'name', 'made', 'operations', 'keys'];
  const rows = keys.map(({ accessKeyId, name, createdMs, operations, keyIds }) => {
    const made = new Date(createdMs).toISOString().slice(0, 10);
    return [accessKeyId, name, made, operations.join(',') || 'all', keyIds.join(',') || 'all'];
  });
  const columns = titles.map((title) => ({ title }));
  await out.result(table(columns, rows));
}

function described(key: ReturnType<AccessKeys['list']>[number]) {
  const { accessKeyId, name, operations, keyIds, createdMs } = key;
  return { accessKeyId, name, operations, keyIds, created: new Date(createdMs).toISOString() };
}
