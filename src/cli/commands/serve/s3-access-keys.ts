/**
 * `--add-key`, `--list-keys` and `--remove-key` of `cybs3 serve s3`: also beside a running server.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { makeAccessKey } from '../../../servers/s3/access/access-key.ts';
import { AccessKeys, type ListedKey } from '../../../servers/s3/access/access-keys.ts';
import { makeDataFolder } from '../../../servers/database/make-data-folder.ts';
import type { Principal, Scope } from '../../../servers/s3/model/principal.ts';
import type { CommandContext } from '../../command.ts';
import { table } from '../../render/table.ts';
import { findMasterKey } from './master-key-options.ts';
import type { S3Flags } from './s3.ts';

/** @throws AppError `usage`, and as `findMasterKey` and `AccessKeys` */
export async function changeAccessKeys(
  context: CommandContext<S3Flags>,
  folder: string,
): Promise<void> {
  const { addKey, removeKey } = context.flags;
  using master = await findMasterKey(context);
  makeDataFolder(folder);
  using accessKeys = AccessKeys.open(folder, master);
  if (addKey !== undefined) await add(context, accessKeys, addKey);
  else if (removeKey !== undefined) remove(context, accessKeys, removeKey);
  else await list(context, accessKeys);
}

async function add(
  { flags, out, clock, random }: CommandContext<S3Flags>,
  accessKeys: AccessKeys,
  name: string,
): Promise<void> {
  const { role, bucket = [] } = flags;
  if (role === undefined) {
    throw new AppError('usage', 'what the access key may do is missing', {
      hint: 'give --role full, --role read or --role write-once',
    });
  }
  const key = makeAccessKey({ name, role, scopes: bucket.map(scopeOf) }, random);
  const createdMs = clock();
  accessKeys.add(key, createdMs);
  const { principal, secret } = key;
  if (out.json) {
    const facts = { ...described({ ...principal, createdMs }), secretAccessKey: secret };
    return out.document('access_key', facts);
  }
  const { accessKeyId } = principal;
  const lines = `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
  await out.deliver(lines, 'the access key');
  out.note('the secret is shown this once');
}

function scopeOf(text: string): Scope {
  const slash = text.indexOf('/');
  if (slash === -1) return { bucket: text, prefix: '' };
  return { bucket: text.slice(0, slash), prefix: text.slice(slash + 1) };
}

function remove({ out }: CommandContext<S3Flags>, accessKeys: AccessKeys, id: string): void {
  if (!accessKeys.remove(id)) {
    throw new AppError('usage', 'there is no such access key', { hint: 'see --list-keys' });
  }
  out.note(`${id} is removed, and refused from now on`);
}

async function list({ out }: CommandContext<S3Flags>, accessKeys: AccessKeys): Promise<void> {
  const keys = accessKeys.list();
  if (out.json) return out.document('access_keys', { accessKeys: keys.map(described) });
  if (keys.length === 0) return out.note('there is no access key yet; make one with --add-key');
  const titles = ['id', 'name', 'made', 'role', 'buckets'];
  const rows = keys.map(({ accessKeyId, name, createdMs, role, scopes }) => {
    const made = new Date(createdMs).toISOString().slice(0, 10);
    return [accessKeyId, name, made, role, placesOf(scopes).join(', ') || 'all'];
  });
  const columns = titles.map((title) => ({ title }));
  await out.result(table(columns, rows));
}

function placesOf(scopes: Principal['scopes']): string[] {
  return scopes.map(({ bucket, prefix }) => (prefix === '' ? bucket : `${bucket}/${prefix}`));
}

function described({ accessKeyId, name, role, scopes, createdMs }: ListedKey) {
  return { accessKeyId, name, role, scopes, created: new Date(createdMs).toISOString() };
}
