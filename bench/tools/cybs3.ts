/**
 * This project's own program, as built in some folder.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { installedVersion } from './installed.ts';
import type { Command, Place, Tool } from './tool.ts';

const WORDS =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';

/** @param bin path of a built `bin/cybs3.js` */
export function createCybs3(name: string, bin: string): Tool {
  const program = [process.execPath, bin];
  const on = (place: Place, ...args: readonly string[]): Command => ({
    argv: [...program, ...args, '--vault', vaultOf(place), '--quiet', ...storeFlags(place)],
  });
  return {
    name,
    setup:
      'As it comes: AES-256-GCM, compression auto; prune is `forget --keep-last 1` and ' +
      '`prune`, both without their grace, one after the other.',
    version: () => installedVersion([...program, '--version']),
    environment: ({ work, s3 }) => ({
      CYBS3_CONFIG_DIR: `${work}/config/cybs3`,
      CYBS3_MNEMONIC_FILE: `${work}/words`,
      ...(s3 && { AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey }),
    }),
    init: (place) => {
      const words = `${place.work}/words`;
      writeFileSync(words, WORDS, { mode: 0o600 });
      const vault = ['vault', 'init', vaultOf(place), '--mnemonic-file', words];
      return { argv: [...program, ...vault, ...storeFlags(place)] };
    },
    backup: ({ place, source }) => on(place, 'backup', source),
    restore: ({ place, to }) => on(place, 'restore', 'latest', '--to', to),
    restoreOne: ({ place, to }, file) => on(place, 'restore', `latest:${file}`, '--to', to),
    list: ({ place }) => on(place, 'ls', '-R', 'latest'),
    check: (place) => on(place, 'check'),
    prune: (place) =>
      inTurn(
        on(place, 'forget', '--keep-last', '1', '--grace', '0'),
        on(place, 'prune', '--grace', '0'),
      ),
  };
}

function inTurn(...commands: readonly Command[]): Command {
  const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
  const lines = commands.map(({ argv }) => argv.map(quoted).join(' '));
  return { argv: ['sh', '-ec', lines.join('\n')] };
}

function vaultOf({ directory, s3 }: Place): string {
  return s3 ? `s3://${s3.bucket}/${s3.prefix}` : directory;
}

function storeFlags({ s3 }: Place): string[] {
  return s3 ? ['--endpoint', s3.endpoint, '--region', s3.region] : [];
}
