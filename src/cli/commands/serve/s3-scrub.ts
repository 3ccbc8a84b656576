/**
 * `cybs3 serve s3 --scrub`: also beside a running server.
 * @module
 */
import { formatBytes } from '../../../base/units.ts';
import { openCatalogReadonly } from '../../../servers/s3/catalog/open-catalog.ts';
import { openKeyring } from '../../../servers/s3/encryption/open-keyring.ts';
import { openKmsClient } from '../../../servers/s3/encryption/open-kms-client.ts';
import { MASTER_KEY_PROOF } from '../../../servers/s3/open-data.ts';
import { scrub, type ScrubEvent, type ScrubFinding } from '../../../servers/s3/upkeep/scrub.ts';
import { proveMasterKey, type MasterKey } from '../../../servers/secrets/master-key.ts';
import type { CommandContext } from '../../command.ts';
import { ExitCode } from '../../explain.ts';
import { counted, grouped } from '../../render/words.ts';
import { findMasterKey } from './master-key-options.ts';
import { kmsSettings } from './s3-server.ts';
import type { S3Flags } from './s3.ts';

/**
 * With a master key, seals are opened; without one, checksums are verified.
 * @returns `damaged` where something is rotten
 */
export async function runScrub(
  context: CommandContext<S3Flags>,
  folder: string,
): Promise<ExitCode> {
  const { signal, out } = context;
  if (!hasMasterKeySource(context)) {
    out.note('without the master key checksums are verified, and no seals');
    return report(scrub({ folder, signal }), context);
  }
  const kmsOptions = kmsSettings(context);
  using masterKey = await findMasterKey(context);
  prove(folder, masterKey);
  const { clock, random } = context;
  const kms = kmsOptions && openKmsClient(kmsOptions);
  try {
    const keyring = openKeyring({ masterKey, kms, clock, random });
    return await report(scrub({ folder, keyring, signal }), context);
  } finally {
    kms?.close();
  }
}

function hasMasterKeySource({ flags, io }: CommandContext<S3Flags>): boolean {
  const { masterKeyFile, masterKeyCommand, masterKeyCredential } = flags;
  const flag = masterKeyFile ?? masterKeyCommand ?? masterKeyCredential;
  return (flag ?? io.env['CYBS3_SERVER_MASTER_KEY']) !== undefined;
}

/** Else a wrong key would look like damage everywhere. */
function prove(folder: string, masterKey: MasterKey): void {
  const catalog = openCatalogReadonly(folder);
  try {
    const get = (): string | undefined => catalog.setting(MASTER_KEY_PROOF);
    proveMasterKey({ get, set: () => undefined }, masterKey);
  } finally {
    catalog.close();
  }
}

async function report(
  events: AsyncIterable<ScrubEvent>,
  { out, signal }: CommandContext<S3Flags>,
): Promise<ExitCode> {
  let findings = 0;
  for await (const event of events) {
    if (event.type === 'finding') findings++;
    if (out.json) await out.document(event.type, event);
    else if (event.type === 'finding') out.complain(findingText(event));
    else if (event.type === 'progress') out.detail(`${formatBytes(event.bytes)} read`);
    else await out.result(summaryText(event));
  }
  signal.throwIfAborted();
  return findings > 0 ? ExitCode.damaged : ExitCode.done;
}

/** Keys are of others: what is in them does nothing to a terminal. */
function findingText({ what, bucket, key, versionId, detail, ...part }: ScrubFinding): string {
  if (what === 'catalog') return `cybs3: error: the catalog is damaged: ${detail}`;
  const version = versionId === 'null' || versionId === '' ? '' : `, version ${versionId}`;
  const number = part.partNumber === undefined ? '' : `, part ${part.partNumber}`;
  const name = `${bucket}/${JSON.stringify(key)}${version}${number}`;
  return `cybs3: error: ${name}: ${what} (${detail})`;
}

function summaryText(summary: Extract<ScrubEvent, { type: 'summary' }>): string {
  const { findings, objects, bytes, opened, extents } = summary;
  const verdict = findings === 0 ? 'no damage found' : `DAMAGED: ${counted(findings, 'finding')}`;
  const sealed = `${grouped(opened)} of ${grouped(extents)}`;
  return (
    `${verdict}\n` +
    `  read    ${formatBytes(bytes)} of ${counted(objects, 'object')}\n` +
    `  opened  ${sealed} seals\n`
  );
}
