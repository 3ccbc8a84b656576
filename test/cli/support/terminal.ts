/**
 * A real pseudo-terminal with a program in it.
 * @module
 */
import { spawn, type IPty } from '@lydell/node-pty';

const WAIT_MS = 20_000;
// eslint-disable-next-line no-control-regex
const ESCAPES = /\x1B(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[78=>])/g;

export class Terminal {
  readonly #pty: IPty;
  readonly ended: Promise<number>;
  #seen = '';
  #read = 0;

  constructor(argv: readonly string[], env: Record<string, string>, cwd: string) {
    const [file = '', ...args] = argv;
    this.#pty = spawn(file, args, { cols: 100, rows: 40, cwd, env: { ...env, TERM: 'xterm' } });
    this.#pty.onData((data) => void (this.#seen += data));
    this.ended = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Everything shown so far, without escape sequences. */
  get text(): string {
    return this.#seen.replace(ESCAPES, '').replaceAll('\r', '');
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  kill(): void {
    this.#pty.kill('SIGKILL');
  }

  /** Waits until something not read before matches, and returns the match. */
  async expect(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const unread = this.text.slice(this.#read);
      const match = pattern.exec(unread);
      if (match) {
        this.#read += match.index + match[0].length;
        return match;
      }
      if (performance.now() > deadline) {
        throw new Error(`${pattern} was not shown; this was:\n${unread}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
