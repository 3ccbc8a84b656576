/**
 * `vault.json`: the one public document that says "here is a vault". Nothing in it is trusted: every slot
 * repeats it, sealed, and opening compares the two.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
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
  const { version, vaultId, suite } = file;
  return encodeJson({ format: FORMAT_NAME, version, vaultId: toHex(vaultId), suite });
}

/**
 * @throws AppError `format/invalid` where it is not a vault file,
 *   `vault/unsupported` where a newer program wrote it
 */
export function decodeVaultFile(bytes: Uint8Array): VaultFile {
  const json = JsonReader.parse(bytes, VAULT_FILE_KEY);
  if (json.text('format') !== FORMAT_NAME) json.fail('format');
  const version = json.count('version');
  const suite = json.count('suite');
  if (version !== FORMAT_VERSION || suite < 1 || suite > 2) {
    throw new AppError(
      'vault/unsupported',
      `this vault has format ${version} with suite ${suite}, which this program does not know`,
      { hint: 'use a newer version of cybs3' },
    );
  }
  return { version, suite, vaultId: json.hex('vaultId', VAULT_ID_BYTES) };
}
