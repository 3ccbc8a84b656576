/**
 * Runs the real program as a child process, with a home of its own.
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** Node 24 runs the source as it is (`using` included); an older one needs the build. */
const runsSource = Number(process.versions.node.split('.')[0]) >= 24;
const entry = runsSource ? './cybs3.ts' : '../../../bin/cybs3.js';

export const PROGRAM: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL(entry, import.meta.url)),
];

/** The words of BIP39's first vector, and others that are as valid. */
export const WORDS =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
export const OTHER_WORDS =
  'legal winner thank year wave sausage worth useful legal winner thank yellow';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** A folder for one test: home, settings and vaults. Removed when disposed of. */
export class Home {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Home> {
    return new Home(await mkdtemp(join(tmpdir(), 'cybs3-cli-')));
  }

  in(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.path,
      CYBS3_CONFIG_DIR: this.in('config'),
      NO_COLOR: '1',
      // Hundreds of short runs: none of them need compile the source again.
      NODE_COMPILE_CACHE: join(tmpdir(), 'cybs3-test-compile-cache'),
    };
  }

  /** Runs `cybs3` with these arguments. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { stdout, stderr, exitCode } = await this.start(argv, options);
    return { stdout, stderr, exitCode };
  }

  start(argv: readonly string[], options: RunOptions = {}) {
    const [node = '', script = ''] = PROGRAM;
    return execa(node, [script, ...argv], {
      env: { ...this.env, ...options.env },
      extendEnv: false,
      cwd: options.cwd ?? this.path,
      input: options.input ?? '',
      reject: false,
      stripFinalNewline: false,
    });
  }

  /** A file with words that only its owner can read. */
  async wordsFile(words = WORDS, name = 'words.txt'): Promise<string> {
    await writeFile(this.in(name), `${words}\n`, { mode: 0o600 });
    return this.in(name);
  }

  /** A new vault in a folder, made with the words of `wordsFile`; the flags that open it. */
  async vault(name = 'vault', words = WORDS): Promise<string[]> {
    const file = await this.wordsFile(words, `${name}.words`);
    const made = await this.run(['vault', 'init', this.in(name), '--mnemonic-file', file]);
    if (made.exitCode !== 0) throw new Error(`vault init failed: ${made.stderr}`);
    return ['--vault', this.in(name), '--mnemonic-file', file];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
