/**
 * `cybs3 serve` as a process of its own, to be talked to, told to stop, and killed.
 * @module
 */
import type { Home, RunOptions, RunResult } from '../../cli/support/program.ts';

export interface ServerProcess {
  readonly url: string;
  /** Of `--monitor` and `--json`, where they are given. */
  readonly monitorUrl: string | undefined;
  readonly stderr: () => string;
  /** Ends it, by default in good order, and waits. */
  stop(signal?: NodeJS.Signals): Promise<RunResult & { readonly signal: string | undefined }>;
}

/**
 * Resolves when it listens.
 * @param argv begins with the name of the server
 * @throws Error with what it wrote to stderr where it ends instead
 */
export async function startServerProcess(
  home: Home,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<ServerProcess> {
  const child = home.start(['serve', ...argv, '--port', '0'], options);
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
    monitorUrl: /"monitorUrl":"([^"]+)"/.exec(stdout)?.[1],
    stderr: () => stderr,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const ended = await child;
      return { stdout, stderr, exitCode: ended.exitCode, signal: ended.signal };
    },
  };
}

export interface ProcessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Makes an access key as people do. */
export async function addKeyOf(home: Home, argv: readonly string[]): Promise<ProcessKey> {
  const { stdout, stderr } = await home.run(['serve', ...argv]);
  const found = /^AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)\n$/.exec(stdout);
  const [, accessKeyId, secretAccessKey] = found ?? [];
  if (!accessKeyId || !secretAccessKey) throw new Error(`no access key was made: ${stderr}`);
  return { accessKeyId, secretAccessKey };
}
