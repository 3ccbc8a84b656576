/**
 * `--add-key`, `--list-keys` and `--remove-key` of `cybs3 serve s3`: also beside a running server.
 * @module
 */
import { AppError } from '../../../../base/failure.ts';
import { makeAccessKey } from '../../../../servers/s3/access/access-key.ts';
import { AccessKeys, type ListedKey } from '../../../../servers/s3/access/access-keys.ts';
import { makeDataFolder } from '../../../../servers/database/make-data-folder.ts';
import type { Principal, Scope } from '../../../../servers/s3/model/principal.ts';
import type { CommandContext } from '../../../command.ts';
import { findMasterKey } from '../master-key-options.ts';
import type { S3Flags } from '../s3.ts';
import { showKeys, showNewKey, showRemoved } from './show.ts';

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
  else if (removeKey !== undefined) {
    showRemoved(context.out, removeKey, accessKeys.remove(removeKey));
  } else {
    await showKeys(context.out, accessKeys.list().map(factsOf), {
      role: ({ role }) => role,
      buckets: ({ scopes }) => placesOf(scopes).join(', ') || 'all',
    });
  }
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
  await showNewKey(out, factsOf({ ...key.principal, createdMs }), key.secret);
}

function scopeOf(text: string): Scope {
  const slash = text.indexOf('/');
  if (slash === -1) return { bucket: text, prefix: '' };
  return { bucket: text.slice(0, slash), prefix: text.slice(slash + 1) };
}

function placesOf(scopes: Principal['scopes']): string[] {
  return scopes.map(({ bucket, prefix }) => (prefix === '' ? bucket : `${bucket}/${prefix}`));
}

function factsOf({ accessKeyId, name, role, scopes, createdMs }: ListedKey) {
  return { accessKeyId, name, role, scopes, created: new Date(createdMs).toISOString() };
}
