/**
 * Completion for zsh: the file `_cybs3` in a folder of `$fpath`.
 * @module
 */
import { allCommands, type CommandNode, type OptionNode } from './describe-tree.ts';

export function zshScript(root: CommandNode): string {
  return `#compdef cybs3
# zsh completion for cybs3; made by \`cybs3 completion zsh\`
${allCommands(root).map(commandFunction).join('\n')}
if [ "$funcstack[1]" = "_cybs3" ]; then
  _cybs3 "$@"
else
  compdef _cybs3 cybs3
fi
`;
}

function commandFunction(node: CommandNode): string {
  const specs = node.options.map(optionSpec);
  const hasCommands = node.commands.length > 0;
  const rest = hasCommands ? [`'1: :->command'`, `'*:: :->rest'`] : operandSpecs(node);
  const lines = [
    `${functionName(node)}() {`,
    ...(hasCommands ? ['  local context state state_descr line', '  typeset -A opt_args'] : []),
    `  _arguments -s -S${hasCommands ? ' -C' : ''} \\`,
    ...[...specs, ...rest].map((spec, i, all) => `    ${spec}${i < all.length - 1 ? ' \\' : ''}`),
    ...(hasCommands ? dispatch(node) : []),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function dispatch(node: CommandNode): string[] {
  const described = node.commands.map(
    (child) => `        ${single(`${nameOf(child)}:${child.summary.replace(/:/g, '\\:')}`)}`,
  );
  const cases = node.commands.map((child) => `        ${nameOf(child)}) ${functionName(child)} ;;`);
  return [
    '  case "$state" in',
    '    command)',
    '      local -a commands',
    '      commands=(',
    ...described,
    '      )',
    `      _describe command commands`,
    '      ;;',
    '    rest)',
    '      case "$line[1]" in',
    ...cases,
    '      esac',
    '      ;;',
    '  esac',
  ];
}

function operandSpecs({ choices, takesFiles }: CommandNode): string[] {
  if (choices.length > 0) return [single(`1: :(${choices.join(' ')})`)];
  return takesFiles ? [`'*: :_files'`] : [`'*: : '`];
}

/** `'(-q --quiet)'{-q,--quiet}'[help]'`, as `_arguments` reads it. */
function optionSpec({ names, help, value, choices, isRepeatable }: OptionNode): string {
  const action = valueAction(value, choices);
  const text = `[${help.replace(/\s+/g, ' ').replace(/([[\]:\\])/g, '\\$1')}]${action}`;
  const exclusive = isRepeatable ? '' : `(${names.join(' ')})`;
  const star = isRepeatable ? '*' : '';
  if (names.length === 1) return single(`${exclusive}${star}${names[0] ?? ''}${text}`);
  return `${single(exclusive + star)}{${names.join(',')}}${single(text)}`;
}

function valueAction(value: OptionNode['value'], choices: readonly string[]): string {
  switch (value) {
    case 'none':
      return '';
    case 'file':
      return ': :_files';
    case 'folder':
      return ': :_files -/';
    case 'choice':
      return `: :(${choices.map((choice) => choice.replace(/:/g, '\\:')).join(' ')})`;
    case 'text':
      return ': : ';
  }
}

function functionName({ path }: CommandNode): string {
  return ['_cybs3', ...path].join('_');
}

function nameOf({ path }: CommandNode): string {
  return path.at(-1) ?? '';
}

function single(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
