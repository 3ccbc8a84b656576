/**
 * `cybs3 repair`: mends what `check` finds.
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../../command.ts';
import { addRepairIndex } from './repair-index.ts';
import { addRepairObjects } from './repair-objects.ts';
import { addRepairPacks } from './repair-packs.ts';
import { addRepairRecords } from './repair-records.ts';
import { addRepairRoots } from './repair-roots.ts';
import { addRepairSnapshots } from './repair-snapshots.ts';

const ORDER = `
In this order, as far as \`cybs3 check --read-data\` finds something:
  cybs3 repair index        names packs that are there, and no others
  cybs3 repair packs        saves what can be read of damaged packs
  cybs3 backup …            saves again what is lost and still on the disks
  cybs3 repair snapshots    leaves out what is lost for good
Nothing is removed before what replaces it is durable. Try each with --dry-run first.`;

export function addRepair(parent: Command, host: CommandHost): void {
  const repair = parent
    .command('repair')
    .summary('mend a damaged vault')
    .description('Mend what `cybs3 check` finds: get back what is there, leave out what is lost.')
    .addHelpText('after', ORDER);
  addRepairIndex(repair, host);
  addRepairPacks(repair, host);
  addRepairSnapshots(repair, host);
  addRepairRecords(repair, host);
  addRepairRoots(repair, host);
  addRepairObjects(repair, host);
}
