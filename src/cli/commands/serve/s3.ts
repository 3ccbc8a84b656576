/**
 * `cybs3 serve s3`: the server, or one look at or change of what it keeps.
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { AppError } from '../../../base/failure.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { collect } from '../../options/parse.ts';
import { addListenOptions, parseRegion, type ListenFlags } from './listen-options.ts';
import { addMasterKeyOptions, type MasterKeyFlags } from './master-key-options.ts';

const DEFAULT_PORT = 9000;

const ROLES = ['full', 'read', 'write-once'] as const;

export interface S3Flags extends ListenFlags, MasterKeyFlags {
  readonly data?: string;
  readonly region: string;
  readonly domain?: readonly string[];
  readonly accessLog?: string;
  readonly auditLog?: string;
  readonly kmsEndpoint?: string;
  readonly kmsRegion?: string;
  readonly kmsKeyId?: string;
  readonly addKey?: string;
  readonly role?: (typeof ROLES)[number];
  readonly bucket?: readonly string[];
  readonly listKeys?: boolean;
  readonly removeKey?: string;
  readonly scrub?: boolean;
  readonly verifyAudit?: string;
}

const EXAMPLES = `
Roles of access keys: \`full\` may do everything, \`read\` only reads, \`write-once\` also adds new
objects but can never overwrite, delete or shorten anything.

Examples:
  cybs3 serve generate-key s3.key
  cybs3 serve s3 --data ./s3 --master-key-file s3.key --add-key laptop --role write-once
  cybs3 serve s3 --data ./s3 --master-key-file s3.key
  aws s3 mb s3://backups --endpoint-url http://127.0.0.1:${DEFAULT_PORT}`;

export function addServeS3(parent: Command, host: CommandHost): void {
  const command = parent
    .command('s3')
    .summary('be an S3 server that encrypts what it stores')
    .description(
      'Serve the API of S3 from a folder: versions, Object Lock, policies, lifecycle, and\n' +
        'server-side encryption of everything, under a master key or a KMS. Access keys say who\n' +
        'may do what; they can be changed while the server runs.',
    )
    .option('--data <dir>', 'the folder of buckets; made if need be, for you only (0700)')
    .option('--region <name>', 'the region in signatures', parseRegion, 'us-east-1')
    .option('--domain <name>', 'serve BUCKET.name, too; repeatable', domain)
    .option('--access-log <file>', 'one JSON line per request')
    .option('--audit-log <file>', 'changes and refusals, chained by hashes: DATA/audit.jsonl');
  addKmsOptions(command);
  addInsteadOptions(command);
  addMasterKeyOptions(command);
  addListenOptions(command, DEFAULT_PORT);
  command.addHelpText('after', EXAMPLES).action(host.action<S3Flags>(runS3));
}

function addKmsOptions(command: Command): void {
  const add = (flags: string, help: string): void => {
    command.addOption(new Option(flags, help).helpGroup('KMS, for SSE-KMS:'));
  };
  add('--kms-endpoint <url>', 'a KMS such as `cybs3 serve kms`; without it AWS’s own');
  add('--kms-region <name>', 'its region; without endpoint and region SSE-KMS is refused');
  add('--kms-key-id <id>', 'key for requests that name none: id, ARN or alias/…');
}

function addInsteadOptions(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('Instead of serving:'));
  };
  add(new Option('--add-key <name>', 'make an access key, and print it once'));
  add(new Option('--role <role>', 'what it may do').choices(ROLES));
  const bucketHelp = 'it may only go there; repeatable';
  add(new Option('--bucket <bucket[/prefix]>', bucketHelp).argParser(collect));
  add(new Option('--list-keys', 'list the access keys, without their secrets'));
  add(new Option('--remove-key <id>', 'remove an access key'));
  add(new Option('--scrub', 'read everything that is stored, and look for damage'));
  add(new Option('--verify-audit <file>', 'verify the chain of an audit log'));
}

async function runS3(context: CommandContext<S3Flags>): Promise<ExitCode | void> {
  const { addKey, role, bucket, listKeys, removeKey, scrub, verifyAudit } = context.flags;
  const chosen = [addKey, listKeys, removeKey, scrub, verifyAudit];
  if (chosen.filter((one) => one !== undefined).length > 1) {
    throw new AppError('usage', 'one thing at a time, please', {
      hint: 'give one of --add-key, --list-keys, --remove-key, --scrub and --verify-audit',
    });
  }
  if (addKey === undefined && (role ?? bucket) !== undefined) {
    throw new AppError('usage', '--role and --bucket go with --add-key');
  }
  if (verifyAudit !== undefined) {
    const { reportAudit } = await import('./verify-audit.ts');
    return reportAudit(context, verifyAudit);
  }
  const folder = dataFolder(context);
  if (scrub) {
    const { runScrub } = await import('./s3-scrub.ts');
    return runScrub(context, folder);
  }
  if ((addKey ?? listKeys ?? removeKey) !== undefined) {
    const { changeAccessKeys } = await import('./access-keys/s3.ts');
    return changeAccessKeys(context, folder);
  }
  const { runS3Server } = await import('./s3-server.ts');
  return runS3Server(context, folder);
}

function dataFolder({ flags }: CommandContext<S3Flags>): string {
  if (flags.data) return flags.data;
  throw new AppError('usage', 'where the buckets are kept is missing', { hint: 'give --data DIR' });
}

function domain(text: string, earlier: readonly string[] = []): string[] {
  const name = text.toLowerCase();
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) {
    throw new InvalidArgumentError('Write a domain such as s3.example.org.');
  }
  return [...earlier, name];
}
