/**
 * `vault.json`: the one public document that says "here is a vault". Nothing in it is trusted: every slot
 * repeats it, sealed, and opening compares the two. So that its loss is not the loss of the vault, slots repeat it
 * on their outside too.
 * @module
 */
import { compareBytes, toHex } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import { JsonReader, encodeJson } from './json.ts';

export const VAULT_FILE_KEY = 'vault.json';
export const VAULT_ID_BYTES = 16;
export const FORMAT_NAME = 'cybs3-vault';
export const FORMAT_VERSION = 1;

export interface VaultFile {
  readonly version: number;
  readonly vaultId: Uint8Array;
  readonly suite: number;
}

export function encodeVaultFile(file: VaultFile): Uint8Array {
  return encodeJson({ format: FORMAT_NAME, ...vaultFileToJson(file) });
}

/**
 * @throws AppError `format/invalid` where it is not a vault file,
 *   `vault/unsupported` where a newer program wrote it
 */
export function decodeVaultFile(bytes: Uint8Array): VaultFile {
  const json = JsonReader.parse(bytes, VAULT_FILE_KEY);
  if (json.text('format') !== FORMAT_NAME) json.fail('format');
  const file = vaultFileFromJson(json);
  if (!isSupported(file)) {
    const { version, suite } = file;
    throw new AppError(
      'vault/unsupported',
      `this vault has format ${version} with suite ${suite}, which this program does not know`,
      { hint: 'use a newer version of cybs3' },
    );
  }
  return file;
}

/** Whether this program can read such a vault. */
export function isSupported({ version, suite }: VaultFile): boolean {
  return version === FORMAT_VERSION && (suite === 1 || suite === 2);
}

export function isSameVault(a: VaultFile, b: VaultFile): boolean {
  return compareBytes(a.vaultId, b.vaultId) === 0 && a.version === b.version && a.suite === b.suite;
}

/** The members that slots repeat. */
export function vaultFileToJson({ version, vaultId, suite }: VaultFile): object {
  return { version, vaultId: toHex(vaultId), suite };
}

/** @throws AppError `format/invalid`; whether this program knows such a vault is not looked at */
export function vaultFileFromJson(json: JsonReader): VaultFile {
  return {
    version: json.count('version'),
    vaultId: json.hex('vaultId', VAULT_ID_BYTES),
    suite: json.count('suite'),
  };
}
