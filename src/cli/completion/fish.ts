/**
 * Completion for fish.
 * @module
 */
import { allCommands, type CommandNode, type OptionNode } from './describe-tree.ts';

export function fishScript(root: CommandNode): string {
  const commands = allCommands(root);
  const blocks = commands.map((node) => {
    const lines = [...subcommandLines(node), ...node.options.map((one) => optionLine(node, one))];
    return lines.join('\n');
  });
  return `# fish completion for cybs3; made by \`cybs3 completion fish\`

# The command typed so far, such as "vault init": options and their values are stepped over.
function __cybs3_command
    set -l takes_value ${valueOptions(commands).join(' ')}
    set -l known ${knownCommands(commands).join(' ')}
    set -l command ""
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip -eq 1
            set skip 0
        else if contains -- $word $takes_value
            set skip 1
        else if string match -q -- '-*' $word
            continue
        else
            set -l longer (string trim -- "$command $word")
            if contains -- $longer $known
                set command $longer
            end
        end
    end
    echo $command
end

function __cybs3_at
    test (__cybs3_command) = "$argv"
end

complete -c cybs3 -e
${blocks.join('\n\n')}
`;
}

function subcommandLines(node: CommandNode): string[] {
  const lines = node.commands.map((child) => {
    const name = child.path.at(-1) ?? '';
    return `${start(node)} -f -a ${name} -d ${single(child.summary)}`;
  });
  if (node.choices.length > 0) lines.push(`${start(node)} -f -a ${single(node.choices.join(' '))}`);
  return lines;
}

function optionLine(node: CommandNode, option: OptionNode): string {
  const names = option.names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value = valueArguments(option);
  return [start(node), ...names, ...value, '-d', single(option.help.replace(/\s+/g, ' '))].join(
    ' ',
  );
}

function valueArguments({ value, choices }: OptionNode): string[] {
  switch (value) {
    case 'none':
      return [];
    case 'file':
      return ['-r', '-F'];
    case 'folder':
      return ['-x', '-a', single('(__fish_complete_directories)')];
    case 'choice':
      return ['-x', '-a', single(choices.join(' '))];
    case 'text':
      return ['-x'];
  }
}

function start({ path }: CommandNode): string {
  return `complete -c cybs3 -n ${single(`__cybs3_at ${path.join(' ')}`.trim())}`;
}

function valueOptions(commands: readonly CommandNode[]): string[] {
  const taking = commands.flatMap(({ options }) => options.filter(({ value }) => value !== 'none'));
  return [...new Set(taking.flatMap(({ names }) => names))].sort();
}

function knownCommands(commands: readonly CommandNode[]): string[] {
  return commands.filter(({ path }) => path.length > 0).map(({ path }) => single(path.join(' ')));
}

function single(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, `\\'`)}'`;
}
