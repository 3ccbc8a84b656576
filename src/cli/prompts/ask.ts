/**
 * Questions on the terminal. They go to stderr, so that stdout stays for results.
 * @module
 */
import { AppError, messageOf } from '../../base/failure.ts';
import type { Io } from '../io.ts';

/** True where a person can be asked: questions are seen, answers can be typed. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/** Asks for the words, masked, until they are valid. */
export async function askWords(io: Io, signal: AbortSignal): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  const { parseMnemonic } = await import('../../crypto/mnemonic.ts');
  const validate = (text: string): true | string => validOrWhyNot(() => parseMnemonic(text));
  const question = { message: "The vault's words:", mask: '*', validate };
  return answered(password(question, promptContext(io, signal)));
}

export async function askPassphrase(io: Io, signal: AbortSignal): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  const question = { message: 'BIP39 passphrase:', mask: '*' };
  return answered(password(question, promptContext(io, signal)));
}

/** A new passphrase is asked for twice: a typo in it would lock its owner out. */
export async function askNewPassphrase(io: Io, signal: AbortSignal): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  const first = await askPassphrase(io, signal);
  const question = {
    message: 'The same passphrase again:',
    mask: '*',
    validate: (again: string) => again === first || 'the two differ',
  };
  return answered(password(question, promptContext(io, signal)));
}

/** Asks one of the words back until it is right. */
export async function askWordBack(
  position: number,
  word: string,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const { input } = await import('@inquirer/prompts');
  const question = {
    message: `Word ${position}:`,
    validate: (answer: string) =>
      answer.trim().toLowerCase() === word || `that is not word ${position}`,
  };
  await answered(input(question, promptContext(io, signal)));
}

function promptContext(io: Io, signal: AbortSignal) {
  return { input: io.stdin, output: io.stderr, signal };
}

function validOrWhyNot(check: () => unknown): true | string {
  try {
    check();
    return true;
  } catch (error) {
    return messageOf(error);
  }
}

/** Ctrl-C in a prompt arrives as an error of the prompt library. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof Error && /^(Exit|Abort|Cancel)PromptError$/.test(cause.name)) {
      throw new AppError('interrupted', 'interrupted', { cause });
    }
    throw cause;
  }
}
