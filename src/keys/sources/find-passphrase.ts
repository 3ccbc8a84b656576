/**
 * Where the BIP39 passphrase comes from, for those who use one.
 * @module
 */
import { readSecretFile } from './words-file.ts';

export interface PassphraseSources {
  readonly passphraseFile?: string | undefined;
  /** Read for `CYBS3_PASSPHRASE_FILE`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number | undefined;
  /** Asks a person: given only where that was asked for. */
  readonly ask?: (() => Promise<string>) | undefined;
}

/**
 * The passphrase, or undefined where none is used. One line end after it is not part of it; spaces
 * are.
 * @throws AppError `keys/source`
 */
export async function findPassphrase(sources: PassphraseSources): Promise<string | undefined> {
  const { passphraseFile, env, uid, ask } = sources;
  if (passphraseFile !== undefined) return readLine(passphraseFile, uid);
  if (ask) return ask();
  const file = env['CYBS3_PASSPHRASE_FILE'];
  return file ? readLine(file, uid) : undefined;
}

async function readLine(path: string, uid: number | undefined): Promise<string> {
  const text = await readSecretFile(path, uid);
  return text.replace(/\r?\n$/, '');
}
