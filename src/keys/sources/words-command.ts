/**
 * Words and other secrets from a program, such as a password manager's command line.
 * @module
 */
import { AppError } from '../../base/failure.ts';

const OUTPUT_CHARACTERS_MAX = 4096;

/** How messages speak of a command and of what it has to print. */
export interface SecretCommandWords {
  /** Such as `mnemonic command`. */
  readonly name: string;
  /** Such as `words`. */
  readonly prints: string;
}

/** As `readSecretCommand`, for the words of a vault. */
export async function readWordsCommand(command: string, signal?: AbortSignal): Promise<string> {
  return readSecretCommand(command, { name: 'mnemonic command', prints: 'the words' }, signal);
}

/**
 * Runs `command` (split at spaces, no shell; a backslash keeps a space) and returns what it
 * printed. Its stdin and stderr are ours, so that it can ask for a password of its own.
 * @throws AppError `keys/source`, which never repeats anything the program printed
 */
export async function readSecretCommand(
  command: string,
  said: SecretCommandWords,
  signal?: AbortSignal,
): Promise<string> {
  const { execa, parseCommandString } = await import('execa');
  const [file, ...args] = parseCommandString(command);
  if (file === undefined) throw new AppError('keys/source', `the ${said.name} is empty`);
  const result = await execa(file, args, {
    stdin: 'inherit',
    stderr: 'inherit',
    maxBuffer: OUTPUT_CHARACTERS_MAX,
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  if (signal?.aborted) throw new AppError('interrupted', 'interrupted');
  if (result.isMaxBuffer) {
    throw new AppError('keys/source', `${file} printed more than ${said.prints}`);
  }
  // The result's own error quotes the program's output: it stays here.
  if (result.failed) throw failed(`the ${said.name} ${file}`, said, result);
  return result.stdout;
}

interface HowItEnded {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}

function failed(
  subject: string,
  { prints }: SecretCommandWords,
  { exitCode, signal, code }: HowItEnded,
): AppError {
  const how =
    exitCode !== undefined
      ? `ended with exit code ${exitCode}`
      : signal !== undefined
        ? `was ended by ${signal}`
        : `could not be started (${code ?? 'unknown reason'})`;
  return new AppError('keys/source', `${subject} ${how}`, {
    hint: `run it by hand: it has to print ${prints} and nothing else`,
  });
}
