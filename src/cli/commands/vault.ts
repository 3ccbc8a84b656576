/**
 * `cybs3 vault`: making vaults, and remembering them by name.
 * @module
 */
import type { Command } from 'commander';
import type { CommandHost } from '../command.ts';
import { addVaultAdd } from './vault/add.ts';
import { addVaultInit } from './vault/init.ts';
import { addVaultList } from './vault/list.ts';
import { addVaultRemove } from './vault/remove.ts';
import { addVaultShow } from './vault/show.ts';
import { addVaultUse } from './vault/use.ts';

export function addVault(parent: Command, host: CommandHost): void {
  const vault = parent
    .command('vault')
    .summary('make a vault, or remember one by name')
    .description('Make a vault, or remember one by name with how to reach it.');
  addVaultInit(vault, host);
  addVaultAdd(vault, host);
  addVaultList(vault, host);
  addVaultUse(vault, host);
  addVaultShow(vault, host);
  addVaultRemove(vault, host);
}
