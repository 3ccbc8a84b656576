/**
 * Completion scripts for shells, generated from the program itself. They are static: pressing TAB
 * starts no process, and what was typed is only ever compared, never evaluated.
 * @module
 */
import type { Command } from 'commander';
import { bashScript } from './bash.ts';
import { describeTree } from './describe-tree.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

export function completionScript(program: Command, shell: Shell): string {
  const root = describeTree(program);
  switch (shell) {
    case 'bash':
      return bashScript(root);
    case 'zsh':
      return zshScript(root);
    case 'fish':
      return fishScript(root);
  }
}
