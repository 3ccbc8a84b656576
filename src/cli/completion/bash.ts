/**
 * Completion for bash (3.2 and newer, with or without the bash-completion package).
 * @module
 */
import { allCommands, type CommandNode, type OptionNode } from './describe-tree.ts';

export function bashScript(root: CommandNode): string {
  const commands = allCommands(root);
  return `# bash completion for cybs3; made by \`cybs3 completion bash\`
_cybs3() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" command="" word="" i=1
  COMPREPLY=()
  # Which command: options and their values are stepped over.
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      --) return 0 ;;
      ${valueOptions(commands).join(' | ')}) i=$((i + 1)) ;;
      -*) ;;
      *)
        case "$command $word" in
          ${commandWords(commands).join(' | ')}) command="$command $word" ;;
        esac
        ;;
    esac
    i=$((i + 1))
  done
  [ "$COMP_CWORD" -gt 0 ] && previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local words="" choices=""
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *)
      if [ -n "$choices" ]; then
        COMPREPLY=($(compgen -W "$choices" -- "$current"))
      fi
      ;;
  esac
}
complete -o bashdefault -o default -F _cybs3 cybs3
`;
}

function commandCase(node: CommandNode): string {
  const names = node.options.flatMap((option) => option.names);
  const choices = [...node.commands.map(({ path }) => path.at(-1) ?? ''), ...node.choices];
  const fixed = node.options.filter((option) => option.value === 'choice');
  const plain = node.options.filter(
    (option) => option.value !== 'choice' && option.value !== 'none',
  );
  const lines = [
    `    ${quoted(node.path.map((name) => ` ${name}`).join(''))})`,
    `      case "$previous" in`,
    ...fixed.map(choiceCase),
    ...(plain.length > 0 ? [`        ${namesOf(plain)}) return 0 ;;`] : []),
    `      esac`,
    `      words="${names.join(' ')}"`,
    `      choices="${choices.join(' ')}"`,
    `      ;;`,
  ];
  return lines.join('\n');
}

function choiceCase(option: OptionNode): string {
  const reply = `COMPREPLY=($(compgen -W "${option.choices.join(' ')}" -- "$current"))`;
  return `        ${option.names.join(' | ')}) ${reply}; return 0 ;;`;
}

function valueOptions(commands: readonly CommandNode[]): string[] {
  const taking = commands.flatMap(({ options }) => options.filter(({ value }) => value !== 'none'));
  return [...new Set(taking.flatMap(({ names }) => names))].sort();
}

function commandWords(commands: readonly CommandNode[]): string[] {
  return commands
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => quoted(path.map((name) => ` ${name}`).join('')));
}

function namesOf(options: readonly OptionNode[]): string {
  return options.flatMap(({ names }) => names).join(' | ');
}

function quoted(text: string): string {
  return `"${text}"`;
}
