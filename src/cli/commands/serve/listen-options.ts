/**
 * Where a server listens, as flags.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { AppError, messageOf } from '../../../base/failure.ts';

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface ListenFlags {
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureHttp?: boolean;
  readonly monitor?: Address;
}

/** What `listen` needs of the flags. */
export interface ListenSettings extends Address {
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly allowsInsecureHttp: boolean;
}

export function addListenOptions(command: Command, defaultPort: number): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('Listening:'));
  };
  add(new Option('--host <address>', 'where to listen').default('127.0.0.1'));
  const portHelp = 'the port; 0 takes any that is free';
  add(new Option('--port <port>', portHelp).default(defaultPort).argParser(port));
  add(new Option('--tls-cert <file>', 'serve https with this certificate (PEM)'));
  add(new Option('--tls-key <file>', 'and its key (PEM)'));
  add(new Option('--insecure-http', 'serve plain http beyond loopback, too'));
  const monitorHelp = 'serve /metrics and /health there';
  add(new Option('--monitor <[host:]port>', monitorHelp).argParser(address));
}

/**
 * The flags with the files that they name.
 * @throws AppError `usage`, `files/read`
 */
export async function listenSettings(flags: ListenFlags): Promise<ListenSettings> {
  const { host, port: number, tlsCert, tlsKey, insecureHttp = false } = flags;
  const place = { host, port: number, allowsInsecureHttp: insecureHttp };
  if (tlsCert === undefined && tlsKey === undefined) return place;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new AppError('usage', 'https needs both a certificate and its key', {
      hint: 'give --tls-cert and --tls-key; `cybs3 serve generate-cert` makes them',
    });
  }
  const [cert, key] = await Promise.all([readPem(tlsCert), readPem(tlsKey)]);
  return { ...place, tls: { cert, key } };
}

async function readPem(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw new AppError('files/read', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError('Write a port from 0 to 65535.');
  }
  return value;
}

/** `9100`, `127.0.0.1:9100`, `[::1]:9100`. */
function address(text: string): Address {
  const match = /^(?:(\[[\da-f:.]+\]|[^:[\]]+):)?(\d+)$/i.exec(text);
  if (!match) throw new InvalidArgumentError('Write a port, or host:port.');
  const host = match[1]?.replace(/^\[|\]$/g, '') ?? '127.0.0.1';
  return { host, port: port(match[2] ?? '') };
}

/** Of signatures and ARNs. */
export function parseRegion(text: string): string {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(text)) {
    throw new InvalidArgumentError('Write a region such as us-east-1.');
  }
  return text;
}
