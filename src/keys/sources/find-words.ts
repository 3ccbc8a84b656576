/**
 * Where the words come from: the first source that is given, in a fixed order, and never an
 * argument.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { parseMnemonic } from '../../crypto/mnemonic.ts';
import { readWordsCommand } from './words-command.ts';
import { readSecretFile } from './words-file.ts';

export interface WordSources {
  readonly mnemonicFile?: string | undefined;
  readonly mnemonicCommand?: string | undefined;
  /** Read for `CYBS3_MNEMONIC_FILE`, `CYBS3_MNEMONIC_COMMAND` and `CYBS3_MNEMONIC`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who runs this; undefined where files have no numeric owners. */
  readonly uid: number | undefined;
  /** Asks a person; undefined where nobody is there to ask. */
  readonly ask?: (() => Promise<string>) | undefined;
  readonly warn: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The words in their normal form, checksum verified.
 * @throws AppError `keys/none` (no source), `keys/source` (it does not work), `keys/words` (not
 * words)
 */
export async function findWords(sources: WordSources): Promise<string> {
  const { env, signal, ask } = sources;
  const file = sources.mnemonicFile;
  if (file !== undefined) return fromFile(file, sources.uid);
  if (sources.mnemonicCommand !== undefined) return fromCommand(sources.mnemonicCommand, signal);
  if (env['CYBS3_MNEMONIC_FILE']) return fromFile(env['CYBS3_MNEMONIC_FILE'], sources.uid);
  if (env['CYBS3_MNEMONIC_COMMAND']) return fromCommand(env['CYBS3_MNEMONIC_COMMAND'], signal);
  if (env['CYBS3_MNEMONIC']) {
    sources.warn(
      'CYBS3_MNEMONIC can be seen by every program started from here; CYBS3_MNEMONIC_FILE cannot',
    );
    return parseMnemonic(env['CYBS3_MNEMONIC']);
  }
  if (ask) return parseMnemonic(await ask());
  throw new AppError('keys/none', "the vault's words are needed, and no source of them is given", {
    hint: 'give --mnemonic-file, --mnemonic-command or CYBS3_MNEMONIC_FILE, or use a terminal',
  });
}

async function fromFile(path: string, uid: number | undefined): Promise<string> {
  return named(path, parseMnemonic, await readSecretFile(path, uid));
}

async function fromCommand(command: string, signal: AbortSignal | undefined): Promise<string> {
  return named('the mnemonic command', parseMnemonic, await readWordsCommand(command, signal));
}

/** Says which source holds the bad words. */
function named(source: string, parse: (text: string) => string, text: string): string {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, detail } = error;
    throw new AppError(code, `${source}: ${message}`, { ...(hint && { hint }), detail });
  }
}
