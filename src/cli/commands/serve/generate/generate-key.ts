/**
 * `cybs3 serve generate-key <file>`
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../../command.ts';
import { writeNewFile } from './write-new-file.ts';

const MASTER_KEY_BYTES = 32;

export function addGenerateKey(parent: Command, host: CommandHost): void {
  parent
    .command('generate-key')
    .argument('<file>', 'where to write it; must not be there yet')
    .summary('make a master key for a server')
    .description(
      'Make a master key for a server: 32 random bytes in base64, in a new file that only you\n' +
        'can read. Keep a copy elsewhere: without it, what the server keeps is lost.',
    )
    .action(
      host.action<object>(async ({ out, random }, path = '') => {
        const key = Buffer.from(random(MASTER_KEY_BYTES));
        await writeNewFile(path, `${key.toString('base64')}\n`, 0o600);
        key.fill(0);
        if (out.json) return out.document('master_key', { file: path });
        out.note(`${path} holds a new master key; keep a copy elsewhere`);
      }),
    );
}
