/**
 * What both servers say of their access keys: one that was made, one that was removed, and all of them.
 * @module
 */
import { AppError } from '../../../../base/failure.ts';
import type { Output } from '../../../render/output.ts';
import { table } from '../../../render/table.ts';

/** What `--json` tells of a key; never its secret. */
export interface KeyFacts {
  readonly accessKeyId: string;
  readonly name: string;
  readonly created: string;
}

/** The only time that the secret is shown. */
export async function showNewKey(out: Output, facts: KeyFacts, secret: string): Promise<void> {
  if (out.json) return out.document('access_key', { ...facts, secretAccessKey: secret });
  const lines = `AWS_ACCESS_KEY_ID=${facts.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
  await out.deliver(lines, 'the access key');
  out.note('the secret is shown this once');
}

/** @throws AppError `usage` where there was none */
export function showRemoved(out: Output, id: string, wasThere: boolean): void {
  if (!wasThere) {
    throw new AppError('usage', 'there is no such access key', { hint: 'see --list-keys' });
  }
  out.note(`${id} is removed, and refused from now on`);
}

/** @param columns beside those that every key has: titles, and the cells of one */
export async function showKeys<T extends KeyFacts>(
  out: Output,
  keys: readonly T[],
  columns: Readonly<Record<string, (key: T) => string>>,
): Promise<void> {
  if (out.json) return out.document('access_keys', { accessKeys: keys });
  if (keys.length === 0) return out.note('there is no access key yet; make one with --add-key');
  const titles = ['id', 'name', 'made', ...Object.keys(columns)].map((title) => ({ title }));
  const rows = keys.map((key) => {
    const cells = Object.values(columns).map((cellOf) => cellOf(key));
    return [key.accessKeyId, key.name, key.created.slice(0, 10), ...cells];
  });
  await out.result(table(titles, rows));
}
