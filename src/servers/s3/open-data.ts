/**
 * Everything that a server keeps in its data folder, opened.
 * @module
 */
import type { Clock, RandomBytes } from '../../base/ports.ts';
import { holdInstanceLock } from '../database/instance-lock.ts';
import { proveMasterKey } from '../secrets/master-key.ts';
import type { MasterKey } from '../secrets/master-key.ts';
import { AccessKeys } from './access/access-keys.ts';
import type { Catalog } from './catalog/catalog.ts';
import { openCatalog } from './catalog/open-catalog.ts';
import type { Closers } from '../http/closers.ts';
import { openKeyring } from './encryption/open-keyring.ts';
import { openKmsClient } from './encryption/open-kms-client.ts';
import type { KmsClientOptions } from './encryption/open-kms-client.ts';
import { makeDataFolder } from '../database/make-data-folder.ts';
import type { Backend } from './protocol/operation.ts';
import { openExtentStore } from './storage/open-extent-store.ts';
import { startUpkeep } from './upkeep/start-upkeep.ts';

export interface DataOptions {
  /** Made where there is none. */
  readonly folder: string;
  /** Wiped by its owner, after everything is closed. */
  readonly masterKey: MasterKey;
  readonly region: string;
  /** For SSE-KMS; undefined: it is refused. */
  readonly kms: KmsClientOptions | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told of accidents; `where` is a request's id, or a chore's name. */
  readonly onError: (error: unknown, where: string) => void;
}

export interface OpenedData {
  readonly backend: Backend;
  readonly accessKeys: AccessKeys;
}

/**
 * @param opened gets what has to be closed at the end
 * @throws AppError `serve/master-key`, `serve/busy`, `serve/config`, `serve/damaged`
 */
export async function openData(options: DataOptions, opened: Closers): Promise<OpenedData> {
  const { folder, masterKey, clock, random, region } = options;
  makeDataFolder(folder);
  const lock = holdInstanceLock(folder);
  opened.add(() => lock[Symbol.dispose]());
  const accessKeys = AccessKeys.open(folder, masterKey);
  opened.add(() => accessKeys[Symbol.dispose]());
  const catalog = openCatalog(folder);
  opened.add(() => catalog.close());
  await proveToCatalog(catalog, masterKey);
  const extents = await openExtentStore({ folder, index: catalog, random });
  opened.add(() => extents.close());
  const kms = options.kms && openKmsClient(options.kms);
  if (kms) opened.add(() => kms.close());
  const keyring = openKeyring({ masterKey, kms, clock, random });
  const onError = (error: unknown): void => options.onError(error, 'upkeep');
  const upkeep = startUpkeep({ catalog, extents, onError });
  opened.add(() => upkeep.close());
  return { backend: { catalog, extents, keyring, clock, random, region }, accessKeys };
}

/** Setting of the catalog. */
export const MASTER_KEY_PROOF = 'master-key-proof';

/** The catalog may have been put beside another `access.db`: it has a proof of its own. */
async function proveToCatalog(catalog: Catalog, masterKey: MasterKey): Promise<void> {
  const fresh: string[] = [];
  const get = (): string | undefined => catalog.setting(MASTER_KEY_PROOF);
  proveMasterKey({ get, set: (value) => void fresh.push(value) }, masterKey);
  const [proof] = fresh;
  if (proof !== undefined) await catalog.write(() => catalog.setSetting(MASTER_KEY_PROOF, proof));
}
