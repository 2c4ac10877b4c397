import { typeDescriptions } from '../event/description/types';
import { readArguments, requireAtMost, UsageError } from './command-line';
import type { Output } from './output';
import { commandHelp, help } from './usage';
import { commandsIn, optionsIn, type UsageOption, wordsOf } from './usage-table';

const SHELLS: { readonly [shell: string]: () => string } = { bash, zsh, fish };

/** `virdeliver completion`: the script by which a shell completes what one types. */
export function completionCommand(args: readonly string[], output: Output): number {
  const { positionals } = readArguments(args, {});
  requireAtMost(positionals, 1);
  const [shell] = positionals;
  const script = shell === undefined || !Object.hasOwn(SHELLS, shell) ? undefined : SHELLS[shell];
  if (script === undefined) {
    const given = shell === undefined ? 'none was given' : `got '${shell}'`;
    throw new UsageError(`the name of a shell is needed: ${Object.keys(SHELLS).join(', ')}; ${given}`);
  }
  output.text(script().trimEnd());
  return 0;
}

interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly UsageOption[];
  /** What its first argument can be, if that's one of a few words. */
  readonly arguments: readonly string[];
}

const HELP_OPTION: UsageOption = { name: '--help', short: '-h', value: undefined, text: 'shows what the command does' };

function commands(): Command[] {
  const summaries = commandsIn(help);
  return [...commandHelp].map(([name, text]) => ({
    name,
    summary: summaries.get(name) ?? '',
    options: [...optionsIn(text), HELP_OPTION],
    arguments: argumentsOf(name, text),
  }));
}

function argumentsOf(name: string, text: string): string[] {
  switch (name) {
    case 'journal':
      return [...commandsIn(text).keys()];
    case 'types':
      return [...typeDescriptions.keys()];
    case 'completion':
      return Object.keys(SHELLS);
    default:
      return [];
  }
}

/** What a value can be: some words, a file, or nothing that a shell can know. */
function valuesOf(option: UsageOption): readonly string[] | 'file' | undefined {
  switch (option.value) {
    case 'TYPE':
      return [...typeDescriptions.keys()];
    case 'FILE':
    case 'DIR':
    case 'PATH':
      return 'file';
    default: {
      const words = wordsOf(option);
      return words.length === 0 ? undefined : words;
    }
  }
}

/** What is said of it, without which connections it is for, and what follows the first pause. */
function inShort(text: string): string {
  return text.replace(/^(?:daemon|test): /, '').replace(/(?:[;:]|\.(?!\d)).*$/s, '');
}

function namesOf({ name, short }: UsageOption): string[] {
  return short === undefined ? [name] : [name, short];
}

function bash(): string {
  const all = commands();
  const values = all.flatMap(({ name, options }) =>
    options.flatMap((option) => {
      if (option.value === undefined) {
        return [];
      }
      const found = valuesOf(option);
      const then = found === 'file' ? 'file=1' : `words='${(found ?? []).join(' ')}'`;
      return `    ${namesOf(option)
        .map((each) => `'${name} ${each}'`)
        .join(' | ')}) ${then} ;;`;
    }),
  );
  const cases = all.map(
    ({ name, options, arguments: first }) =>
      `      ${name}) options='${options.flatMap(namesOf).join(' ')}' first='${first.join(' ')}' ;;`,
  );
  const names = all.map(({ name }) => name).join(' ');
  return `# Completion of virdeliver for bash: source <(virdeliver completion bash)
_virdeliver() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  local words='' file='' options='' first=''
  COMPREPLY=()
  # bash takes the sign in --option=value for a word.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${names} help --help --version' -- "$cur"))
    return
  fi
  if [[ $command == help ]]; then
    if ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W '${names}' -- "$cur")); fi
    return
  fi
  case "$command $prev" in
${values.join('\n')}
    *)
      case $command in
${cases.join('\n')}
      esac
      if [[ $cur == -* ]]; then
        words=$options
      elif ((COMP_CWORD == 2)) && [[ $first ]]; then
        words=$first
      else
        file=1
      fi
      ;;
  esac
  if [[ $file ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -F _virdeliver virdeliver
`;
}

function zsh(): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string) => inShort(text).replace(/[[\]\\]/g, '');
  const all = commands();
  const specification = (option: UsageOption) => {
    const found = valuesOf(option);
    const action = found === 'file' ? '_files' : found === undefined ? ' ' : `(${found.join(' ')})`;
    const value = option.value === undefined ? '' : `:${option.value}:${action}`;
    return namesOf(option).map((name) => `        ${quote(`*${name}[${plain(option.text)}]${value}`)}`);
  };
  const cases = all.map(({ name, options, arguments: first }) => {
    const positional = first.length === 0 ? '*: :_files' : `1: :(${first.join(' ')})`;
    const rest = first.length === 0 ? [] : [`        ${quote('*: :_files')}`];
    const lines = [...options.flatMap(specification), `        ${quote(positional)}`, ...rest];
    return `    ${name})\n      _arguments \\\n${lines.join(' \\\n')}\n      ;;`;
  });
  const described = all.map(({ name, summary }) => `      ${quote(`${name}:${inShort(summary)}`)}`);
  return `#compdef virdeliver
# Completion of virdeliver for zsh: source <(virdeliver completion zsh), or a file _virdeliver in the fpath.
_virdeliver() {
  if ((CURRENT == 2)) || { ((CURRENT == 3)) && [[ $words[2] == help ]]; }; then
    local -a commands=(
${described.join('\n')}
      'help:shows what a command does'
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _virdeliver ]]; then _virdeliver "$@"; else compdef _virdeliver virdeliver; fi
`;
}

function fish(): string {
  const quote = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const all = commands();
  const named = all.map(
    ({ name, summary }) =>
      `complete -c virdeliver -n __fish_use_subcommand -f -a ${name} -d ${quote(inShort(summary))}`,
  );
  const rest = all.flatMap(({ name, options, arguments: first }) => {
    const start = `complete -c virdeliver -n '__fish_seen_subcommand_from ${name}'`;
    const given = first.length === 0 ? [] : [`${start} -f -a ${quote(first.join(' '))}`];
    return [
      ...given,
      ...options.map((option) => {
        const found = valuesOf(option);
        const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`;
        const value =
          option.value === undefined
            ? ''
            : found === 'file'
              ? ' -r -F'
              : ` -x${found === undefined ? '' : ` -a ${quote(found.join(' '))}`}`;
        return `${start} -l ${option.name.slice(2)}${short}${value} -d ${quote(inShort(option.text))}`;
      }),
    ];
  });
  const names = all.map(({ name }) => name).join(' ');
  return `# Completion of virdeliver for fish: virdeliver completion fish | source
${named.join('\n')}
complete -c virdeliver -n __fish_use_subcommand -f -a help -d 'shows what a command does'
complete -c virdeliver -n '__fish_seen_subcommand_from help' -f -a '${names}'
${rest.join('\n')}
`;
}
