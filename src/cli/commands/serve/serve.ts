/**
 * `cybs3 serve`: the two servers, and what they are set up with.
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';
import { addGenerateCert } from './generate/generate-cert.ts';
import { addGenerateKey } from './generate/generate-key.ts';
import { addServeKms } from './kms.ts';
import { addServeS3 } from './s3.ts';

const START = `
Start (a KMS likewise, without --role):
  cybs3 serve generate-key s3.key
  cybs3 serve s3 --data ./s3 --master-key-file s3.key --add-key laptop --role full
  cybs3 serve s3 --data ./s3 --master-key-file s3.key

Plain http is served on loopback only. Elsewhere give --tls-cert and --tls-key
(\`cybs3 serve generate-cert\` makes a pair), or say --insecure-http.`;

export function addServe(parent: Command, host: CommandHost): void {
  const serve = parent
    .command('serve')
    .summary('be an S3 server, or a key service')
    .description('Serve S3, or the KMS that keeps its keys. AWS clients talk to both.')
    .addHelpText('after', START);
  addServeS3(serve, host);
  addServeKms(serve, host);
  addGenerateKey(serve, host);
  addGenerateCert(serve, host);
}
