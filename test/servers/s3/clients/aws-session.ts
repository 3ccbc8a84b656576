/**
 * Debian's `aws`, many commands one after the other in one process of its own: starting one takes half a second.
 * @module
 */
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Ran, Shell } from './shell.ts';

const PYTHON = '/usr/bin/python3';
const script = fileURLToPath(new URL('aws-session.py', import.meta.url));

/** To be disposed of before its shell. */
export class AwsSession implements AsyncDisposable {
  readonly #child: ReturnType<Shell['start']>;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #url: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(shell: Shell, url: string) {
    this.#url = url;
    this.#child = shell.start(PYTHON, [script]);
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** One command; later ones wait for it. */
  run(...argv: readonly string[]): Promise<Ran> {
    const outcome = this.#last.then(() => this.#ask(argv));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  /** @returns what it answered; nothing is `{}` */
  async answered(...argv: readonly string[]): Promise<Record<string, never>> {
    const { exitCode, stdout, stderr } = await this.run(...argv, '--output', 'json');
    expect({ argv, exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: '' });
    return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, never>);
  }

  /** `code` is the server's. */
  async refused(code: string, ...argv: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.run(...argv);
    const expected = {
      argv,
      exitCode: 254,
      stderr: expect.stringContaining(`(${code})`) as string,
    };
    expect({ argv, exitCode, stderr }).toEqual(expected);
  }

  async #ask(argv: readonly string[]): Promise<Ran> {
    this.#child.stdin.write(`${JSON.stringify(['--endpoint-url', this.#url, ...argv])}\n`);
    const next = await this.#answers.next();
    if (next.done) throw new Error(`aws ended: ${(await this.#child).stderr}`);
    return JSON.parse(next.value) as Ran;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#child.stdin.end();
    await this.#child;
    this.#lines.close();
  }
}
