/**
 * `cybs3 completion bash|zsh|fish`
 * @module
 */
import { Argument, type Command } from 'commander';
import type { CommandHost } from '../command.ts';
import type { Shell } from '../completion/generate.ts';

const EXAMPLES = `
Examples:
  cybs3 completion bash > ~/.local/share/bash-completion/completions/cybs3
  cybs3 completion zsh > ~/.zfunc/_cybs3       (a folder in $fpath, before compinit)
  cybs3 completion fish > ~/.config/fish/completions/cybs3.fish`;

export function addCompletion(parent: Command, host: CommandHost): void {
  parent
    .command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .summary('print completions for a shell')
    .description('Print what a shell needs to complete cybs3 commands and options.')
    .addHelpText('after', EXAMPLES)
    .action(
      host.action<object>(async ({ out }, shell = '') => {
        const { completionScript } = await import('../completion/generate.ts');
        await out.result(completionScript(parent, shell as Shell));
      }),
    );
}
