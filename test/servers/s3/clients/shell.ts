/**
 * A folder and an environment in which other people's programs run against a test server, each as a child process.
 * @module
 */
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { AccessKey } from '../../../../src/servers/s3/access/access-key.ts';
import type { Role } from '../../../../src/servers/s3/model/principal.ts';
import type { TestS3 } from '../../support/start-s3.ts';

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Debian's own: another `aws` may come first on the PATH. */
export const AWS = '/usr/bin/aws';

/** By name on the PATH, or by its whole path. */
export function isInstalled(program: string): boolean {
  const folders = program.startsWith('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Removed with all in its folder when disposed of. */
export class Shell implements Disposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #owns: boolean;

  private constructor(folder: string, env: Readonly<Record<string, string>>, owns: boolean) {
    this.folder = folder;
    this.env = env;
    this.#owns = owns;
  }

  /** With the access key where AWS's tools, restic and cybs3 look for it. */
  static for(s3: TestS3, who: Role | AccessKey = 'full'): Shell {
    const folder = mkdtempSync(join(tmpdir(), 'cybs3-clients-'));
    return new Shell(folder, { ...surroundings(folder), ...keyEnv(s3, who) }, true);
  }

  /** The same folder, with more in the environment. */
  with(env: Readonly<Record<string, string>>): Shell {
    return new Shell(this.folder, { ...this.env, ...env }, false);
  }

  /** The same folder for somebody else. */
  as(s3: TestS3, who: Role | AccessKey): Shell {
    return this.with(keyEnv(s3, who));
  }

  in(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** @returns its path */
  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.in(name), content);
    return this.in(name);
  }

  read(name: string): string {
    return readFileSync(this.in(name), 'utf8');
  }

  start(program: string, argv: readonly string[]) {
    return execa(program, argv, {
      env: this.env,
      extendEnv: false,
      cwd: this.folder,
      reject: false,
    });
  }

  async run(program: string, ...argv: readonly string[]): Promise<Ran> {
    const { exitCode, stdout, stderr } = await this.start(program, argv);
    return { exitCode, stdout, stderr };
  }

  /** @returns what it wrote to stdout */
  async done(program: string, ...argv: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(program, ...argv);
    expect({ argv, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return stdout;
  }

  [Symbol.dispose](): void {
    if (this.#owns) rmSync(this.folder, { recursive: true, force: true });
  }
}

function surroundings(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  };
}

function keyEnv(s3: TestS3, who: Role | AccessKey): Record<string, string> {
  const { principal, secret } = typeof who === 'string' ? s3.accessKeys[who] : who;
  return { AWS_ACCESS_KEY_ID: principal.accessKeyId, AWS_SECRET_ACCESS_KEY: secret };
}
