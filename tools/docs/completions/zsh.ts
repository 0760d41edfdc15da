// Completion for zsh. It is installed as _rtcount in a folder of fpath.

import {
  type CompletedCommand,
  completedCommands,
  completedKeys,
  type CompletedOption,
  HEADER,
  keysByValues,
  wordsAfter,
} from "./completion_table.ts";

export function zshCompletion(): string {
  const simple = completedCommands.filter(({ name }) => !name.includes(" "));
  const nested = Map.groupBy(
    completedCommands.filter(({ name }) => name.includes(" ")),
    ({ name }) => name.split(" ")[0],
  );
  return `#compdef rtcount
${HEADER}

_rtcount_keys() {
  if compset -P '*='; then
    case \${\${IPREFIX%=}##*=} in
${
    keysByValues().map(({ values, keys }) => `      ${keys.join("|\\\n      ")}) compadd -- ${values} ;;`)
      .join("\n")
  }
    esac
  else
    local -a keys=(
${completedKeys.map(({ path, description }) => `      ${described(path, description)}`).join("\n")}
    )
    _describe -t keys 'configuration key' keys -S =
  fi
}

${
    [...nested].map(([first, commands]) =>
      wordFunction(`_rtcount_${first}`, wordsAfter(first), [
        ...commands.map((command) => `${command.name.split(" ")[1]}) ${argumentsOf(command)} ;;`),
      ])
    ).join("\n")
  }
${
    wordFunction("_rtcount", wordsAfter(), [
      ...simple.map((command) => `${command.name}) ${argumentsOf(command)} ;;`),
      ...[...nested.keys()].map((first) => `${first}) _rtcount_${first} ;;`),
    ], ["'(- : *)--version[show the version]'"])
  }
_rtcount "$@"
`;
}

/** A function that completes one word, and then what follows it. */
function wordFunction(
  name: string,
  words: readonly { readonly word: string; readonly about: string }[],
  cases: readonly string[],
  options: readonly string[] = [],
): string {
  return `${name}() {
  local curcontext=$curcontext state
  local -a line commands=(
${words.map(({ word, about }) => `    ${described(word, about)}`).join("\n")}
  )
  typeset -A opt_args
  _arguments -C \\
    ${
    ["'(- : *)--help[show this help]'", ...options, "'1:command:->command'", "'*::argument:->argument'"].join(
      " \\\n    ",
    )
  }
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $line[1] in
${cases.map((each) => `        ${each}`).join("\n")}
      esac
      ;;
  esac
}
`;
}

function argumentsOf({ options, takesFiles }: CompletedCommand): string {
  const specs = [...options.map(specOf), ...(takesFiles ? ["'*:FILE:_files'"] : [])];
  return `_arguments ${specs.join(" ")}`;
}

function specOf({ name, about, value, kind, oneOf }: CompletedOption): string {
  const shown = about.replace(/[[\]\\]/g, "\\$&");
  if (value === undefined) return quote(`${name}[${shown}]`);
  const label = value.replaceAll(":", "\\:");
  const repeated = kind === "set" ? "*" : "";
  const action = {
    none: "",
    other: "",
    file: "_files",
    set: "_rtcount_keys",
    choice: `(${oneOf.join(" ")})`,
  }[kind];
  return quote(`${repeated}${name}=[${shown}]:${label}:${action}`);
}

/** A word with its description, as `_describe` takes them. */
function described(word: string, about: string): string {
  return quote(`${word}:${about.replaceAll(":", "\\:")}`);
}

/** One word of the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
