/**
 * `cybs3 serve kms` as a process of its own, to be talked to, told to stop, and killed.
 * @module
 */
import { Home, type RunOptions, type RunResult } from '../../../cli/support/program.ts';

export interface KmsProcess {
  readonly url: string;
  /** Of `--monitor`, where it is given. */
  readonly stderr: () => string;
  /** Ends it, by default in good order, and waits. */
  stop(signal?: NodeJS.Signals): Promise<RunResult & { readonly signal: string | undefined }>;
}

/**
 * Resolves when it listens.
 * @throws Error with what it wrote to stderr where it ends instead
 */
export async function startKmsProcess(
  home: Home,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<KmsProcess> {
  const child = home.start(['serve', 'kms', '--port', '0', ...argv], options);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
      const found = /^(?:listening on |.*"url":")(https?:\/\/[^\s"]+)/m.exec(stdout)?.[1];
      if (found !== undefined && stdout.endsWith('\n')) resolve(found);
    });
    void child.then(() => reject(new Error(`the server ended: ${stderr}`)));
  });
  return {
    url,
    stderr: () => stderr,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const ended = await child;
      return { stdout, stderr, exitCode: ended.exitCode, signal: ended.signal };
    },
  };
}

export interface CliKey {
  readonly accessKeyId: string;
  readonly secret: string;
}

/** Makes an access key as people do. */
export async function addKeyByCommand(
  home: Home,
  argv: readonly string[],
  name = 'test',
): Promise<CliKey> {
  const { stdout, stderr } = await home.run(['serve', 'kms', ...argv, '--add-key', name]);
  const found = /^AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)\n/.exec(stdout);
  const [, accessKeyId, secret] = found ?? [];
  if (!accessKeyId || !secret) throw new Error(`no access key was made: ${stderr}`);
  return { accessKeyId, secret };
}
