/**
 * What a completion needs to know of the program: commands, options, and which values an option
 * takes.
 * @module
 */
import type { Command, Option } from 'commander';

/** What follows an option or stands as an argument. */
export type ValueKind = 'none' | 'file' | 'folder' | 'choice' | 'text';

export interface OptionNode {
  readonly names: readonly string[];
  readonly help: string;
  readonly value: ValueKind;
  readonly choices: readonly string[];
  readonly isRepeatable: boolean;
}

export interface CommandNode {
  /** From the program down: `['vault', 'init']`; empty for the program. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Its own and those of all commands above it. */
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
  /** Values of its first argument, where they are fixed. */
  readonly choices: readonly string[];
  readonly takesFiles: boolean;
}

export function describeTree(program: Command): CommandNode {
  return describe(program, [], []);
}

/** Every command of the tree, the program first. */
export function allCommands(root: CommandNode): CommandNode[] {
  return [root, ...root.commands.flatMap(allCommands)];
}

function describe(
  command: Command,
  path: readonly string[],
  inherited: readonly OptionNode[],
): CommandNode {
  const help = command.createHelp();
  const visible = help.visibleOptions(command).map(describeOption);
  const options = [...visible, ...inherited.filter((one) => !sharesName(one, visible))];
  const globals =
    path.length === 0 ? visible.filter(({ names }) => !isProgramOnly(names)) : inherited;
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const operands = command.registeredArguments;
  return {
    path,
    summary: command.summary() || firstSentence(command.description()),
    options,
    commands: commands.map((child) => describe(child, [...path, child.name()], globals)),
    choices: operands[0]?.argChoices ?? [],
    takesFiles: operands.some((operand) => /path|dir/.test(operand.name())),
  };
}

function describeOption(option: Option): OptionNode {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const choices = option.argChoices ?? [];
  const takesValue = option.required || option.optional;
  return {
    names,
    help: option.description.replace(/ \[CYBS3_\w+\]$/, ''),
    value: takesValue ? valueKind(option.flags, choices) : 'none',
    choices,
    isRepeatable: option.parseArg !== undefined && /repeatable/.test(option.description),
  };
}

function valueKind(flags: string, choices: readonly string[]): ValueKind {
  if (choices.length > 0) return 'choice';
  if (/<file>/.test(flags)) return 'file';
  return /<(?:[^>]*\|)?dir>/.test(flags) ? 'folder' : 'text';
}

function isProgramOnly(names: readonly string[]): boolean {
  return names.includes('--version') || names.includes('--help');
}

function sharesName(one: OptionNode, others: readonly OptionNode[]): boolean {
  return others.some((other) => other.names.some((name) => one.names.includes(name)));
}

function firstSentence(text: string): string {
  return text.split(/[.\n]/)[0] ?? '';
}
