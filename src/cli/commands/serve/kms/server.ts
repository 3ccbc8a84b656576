/**
 * `cybs3 serve kms`, serving.
 * @module
 */
import { messageOf } from '../../../../base/failure.ts';
import { startKms } from '../../../../servers/kms/serve-kms.ts';
import type { CommandContext } from '../../../command.ts';
import type { KmsFlags } from '../kms.ts';
import { listenSettings } from '../listen-options.ts';
import { findMasterKey } from '../master-key-options.ts';
import { CLOSE_GRACE_MS, serveUntilStopped } from '../run-server.ts';

/** Until a signal comes. */
export async function runKmsServer(
  context: CommandContext<KmsFlags>,
  folder: string,
): Promise<void> {
  const { flags, out, clock, random, programVersion } = context;
  const listening = await listenSettings(flags);
  using master = await findMasterKey(context);
  const server = await startKms({
    folder,
    auditFile: flags.auditLog,
    master,
    region: flags.region,
    listen: { ...listening, closeGraceMs: CLOSE_GRACE_MS },
    monitor: flags.monitor,
    programVersion,
    clock,
    random,
    onError: (error, where) => out.warn(`${where}: ${messageOf(error)}`),
  });
  if (server.accessKeyCount === 0) {
    out.warn('there is no access key yet, so that every request is refused; see --add-key');
  }
  await serveUntilStopped(server, context);
}
