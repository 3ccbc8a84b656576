/**
 * `cybs3 serve generate-cert`
 * @module
 */
import { InvalidArgumentError, type Command } from 'commander';
import type { CommandContext, CommandHost } from '../../../command.ts';
import { collectList } from '../../../options/parse.ts';
import { writeNewFile } from './write-new-file.ts';

const DAYS_MAX = 3650;

interface CertFlags {
  readonly commonName: string;
  readonly name?: readonly string[];
  readonly days: number;
  readonly cert: string;
  readonly key: string;
}

export function addGenerateCert(parent: Command, host: CommandHost): void {
  parent
    .command('generate-cert')
    .summary('make a certificate that signs itself')
    .description(
      'Make a key (P-256) and a certificate that signs itself, for --tls-key and --tls-cert.\n' +
        'Clients have to be told to trust it: AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, --ca-file.',
    )
    .requiredOption('--common-name <name>', 'the host name or address it is for')
    .option('--name <name>', 'one more host name or address; repeatable', collectList)
    .option('--days <days>', 'how long it is valid', days, 365)
    .option('--cert <file>', 'where the certificate goes', 'cert.pem')
    .option('--key <file>', 'where the key goes', 'key.pem')
    .addHelpText(
      'after',
      '\nExample:\n  cybs3 serve generate-cert --common-name nas.example.org --name 192.0.2.7',
    )
    .action(host.action<CertFlags>(generate));
}

async function generate({ flags, out, clock, random }: CommandContext<CertFlags>): Promise<void> {
  const { generateCertificate } =
    await import('../../../../servers/certificate/generate-certificate.ts');
  const { commonName, cert, key } = flags;
  const names = flags.name ?? [];
  const made = await generateCertificate({ commonName, names, days: flags.days, clock, random });
  await writeNewFile(key, made.keyPem, 0o600);
  await writeNewFile(cert, made.certPem, 0o644);
  if (out.json) return out.document('certificate', { cert, key, names });
  out.note(`${cert} is for ${[commonName, ...names].join(', ')}; its key is in ${key}`);
}

function days(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > DAYS_MAX) {
    throw new InvalidArgumentError(`Write a whole number of days from 1 to ${DAYS_MAX}.`);
  }
  return value;
}
