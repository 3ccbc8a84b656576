/**
 * `--create-key` of `cybs3 serve kms`: the first key, without a client of AWS; also beside a running server.
 * @module
 */
import { AppError } from '../../../../base/failure.ts';
import { createAliasedKey } from '../../../../servers/kms/create-aliased-key.ts';
import { KmsError } from '../../../../servers/kms/kms-error.ts';
import type { CommandContext } from '../../../command.ts';
import type { KmsFlags } from '../kms.ts';
import { findMasterKey } from '../master-key-options.ts';

/** @throws AppError `usage`, and as `findMasterKey` and `openKmsData` */
export async function createKey(
  context: CommandContext<KmsFlags>,
  folder: string,
  alias: string,
): Promise<void> {
  const { flags, out, clock, random } = context;
  using master = await findMasterKey(context);
  try {
    const { region } = flags;
    const arn = await createAliasedKey({ folder, master, region, alias, clock, random });
    if (out.json) return await out.document('key', { arn, alias });
    await out.result(`${arn}\n`);
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    const hint = 'give a name such as alias/backups that no key has yet';
    throw new AppError('usage', `cannot make the key: ${error.message}`, { hint, cause: error });
  }
}
