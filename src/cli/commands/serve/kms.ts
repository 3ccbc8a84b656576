/**
 * `cybs3 serve kms`: the server, or one look at or change of what it keeps.
 * @module
 */
import { Option, type Command } from 'commander';
import { AppError } from '../../../base/failure.ts';
import type { CommandContext, CommandHost } from '../../command.ts';
import type { ExitCode } from '../../explain.ts';
import { collectList } from '../../options/parse.ts';
import { addListenOptions, parseRegion, type ListenFlags } from './listen-options.ts';
import { addMasterKeyOptions, type MasterKeyFlags } from './master-key-options.ts';

/** Beside 9000, where S3 is served. */
const DEFAULT_PORT = 8081;

export interface KmsFlags extends ListenFlags, MasterKeyFlags {
  readonly data?: string;
  readonly region: string;
  readonly auditLog?: string;
  readonly createKey?: string;
  readonly addKey?: string;
  readonly allowOperation?: readonly string[];
  readonly allowKey?: readonly string[];
  readonly listKeys?: boolean;
  readonly removeKey?: string;
  readonly verifyAudit?: string;
}

const EXAMPLES = `
Examples:
  cybs3 serve generate-key kms.key
  cybs3 serve kms --data ./kms --master-key-file kms.key --create-key alias/backups
  cybs3 serve kms --data ./kms --master-key-file kms.key --add-key s3 --allow-key alias/backups
  cybs3 serve kms --data ./kms --master-key-file kms.key
  aws kms list-keys --endpoint-url http://127.0.0.1:${DEFAULT_PORT} --region us-east-1`;

export function addServeKms(parent: Command, host: CommandHost): void {
  const command = parent
    .command('kms')
    .summary('be a key service that AWS clients can talk to')
    .description(
      'Serve the API of AWS KMS: keys that never leave, wrapped under a master key.\n' +
        'Access keys say who may ask; they can be changed while the server runs.',
    )
    .option('--data <dir>', 'the folder of keys; made if need be, for you only (0700)')
    .option('--region <name>', 'the region in ARNs and signatures', parseRegion, 'us-east-1')
    .option('--audit-log <file>', 'one line per request, chained by hashes: DATA/audit.jsonl');
  addAccessKeyOptions(command);
  addMasterKeyOptions(command);
  addListenOptions(command, DEFAULT_PORT);
  command.addHelpText('after', EXAMPLES).action(host.action<KmsFlags>(runKms));
}

function addAccessKeyOptions(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('Instead of serving:'));
  };
  const list = (flags: string, help: string): Option => {
    return new Option(flags, help).argParser(collectList);
  };
  add(new Option('--create-key <alias>', 'make a key with that alias, such as alias/backups'));
  add(new Option('--add-key <name>', 'make an access key, and print it once'));
  add(
    list('--allow-operation <names>', 'it may only do these, such as Encrypt,Decrypt; repeatable'),
  );
  add(list('--allow-key <keys>', 'and only with these: ids, ARNs or aliases; repeatable'));
  add(new Option('--list-keys', 'list the access keys, without their secrets'));
  add(new Option('--remove-key <id>', 'remove an access key'));
  add(new Option('--verify-audit <file>', 'verify the chain of an audit log'));
}

async function runKms(context: CommandContext<KmsFlags>): Promise<ExitCode | void> {
  const { createKey: alias, addKey, listKeys, removeKey, verifyAudit } = context.flags;
  const { allowOperation, allowKey } = context.flags;
  const all = [alias, addKey, listKeys, removeKey, verifyAudit];
  const chosen = all.filter((one) => one !== undefined);
  if (chosen.length > 1) {
    throw new AppError('usage', 'one thing at a time, please', {
      hint: 'give one of --create-key, --add-key, --list-keys, --remove-key and --verify-audit',
    });
  }
  if (addKey === undefined && (allowOperation ?? allowKey) !== undefined) {
    throw new AppError('usage', '--allow-operation and --allow-key go with --add-key');
  }
  if (verifyAudit !== undefined) {
    const { reportAudit } = await import('./verify-audit.ts');
    return reportAudit(context, verifyAudit);
  }
  if (alias !== undefined) {
    const { createKey } = await import('./kms/create-key.ts');
    return createKey(context, dataFolder(context), alias);
  }
  if (chosen.length > 0) {
    const { changeAccessKeys } = await import('./access-keys/kms.ts');
    return changeAccessKeys(context, dataFolder(context));
  }
  const { runKmsServer } = await import('./kms/server.ts');
  return runKmsServer(context, dataFolder(context));
}

function dataFolder({ flags }: CommandContext<KmsFlags>): string {
  if (flags.data) return flags.data;
  throw new AppError('usage', 'where the keys are kept is missing', { hint: 'give --data DIR' });
}
