// Completion for fish.

import {
  completedCommands,
  completedKeys,
  completedOptions,
  HEADER,
  wordsAfter,
} from "./completion_table.ts";

export function fishCompletion(): string {
  const valued = completedOptions.filter(({ kind }) => kind !== "none").map(({ name }) => name);
  const firsts = [...new Set(completedCommands.map(({ name }) => name.split(" ")[0]))];
  const nested = firsts.filter((first) => wordsAfter(first).length > 0);
  const withFiles = completedCommands.filter(({ takesFiles }) => takesFiles).map(({ name }) => name);
  return `# fish completion for rtcount
${HEADER}

# The command on the line, as far as it is typed.
function __rtcount_command
    set -l words
    set -l skip 0
    for token in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $token
            case ${valued.join(" ")}
                set skip 1
            case '-*'
            case '*'
                set -a words $token
        end
    end
    switch "$words[1]"
        case ${nested.join(" ")}
            echo "$words[1..2]"
        case '*'
            echo "$words[1]"
    end
end

function __rtcount_is
    contains -- (__rtcount_command) $argv
end

# The keys that --set takes, or the values of the key on the line.
function __rtcount_keys
    if string match -q -- '*=*' (string replace -r -- '^--set=' '' (commandline -ct))
        printf '%s\\n' \\
${
    completedKeys.flatMap(({ path, oneOf }) => oneOf.map((value) => `            ${path}=${value}`)).join(
      " \\\n",
    )
  }
    else
        printf '%s\\t%s\\n' \\
${completedKeys.map(({ path, description }) => `            ${path}= ${quote(description)}`).join(" \\\n")}
    end
end

complete -c rtcount -f
${
    wordsAfter().map(({ word, about }) =>
      `complete -c rtcount -n '__rtcount_is ""' -a ${word} -d ${quote(about)}`
    )
      .join("\n")
  }
${
    nested.flatMap((first) =>
      wordsAfter(first).map(({ word, about }) =>
        `complete -c rtcount -n '__rtcount_is ${first}' -a ${word} -d ${quote(about)}`
      )
    ).join("\n")
  }
complete -c rtcount -n ${condition(withFiles)} -F
complete -c rtcount -n '__rtcount_is ""' -l version -d 'show the version'
complete -c rtcount -l help -d 'show this help'
${
    completedOptions.map(({ name, about, kind, oneOf }) => {
      const users = completedCommands.filter(({ options }) => options.some((option) => option.name === name));
      const value = {
        none: "",
        other: " -x",
        file: " -r -F",
        set: " -x -a '(__rtcount_keys)'",
        choice: ` -x -a '${oneOf.join(" ")}'`,
      }[kind];
      const commands = condition(users.map((user) => user.name));
      return `complete -c rtcount -n ${commands} -l ${name.slice(2)}${value} -d ${quote(about)}`;
    }).join("\n")
  }
`;
}

function condition(commands: readonly string[]): string {
  return quote(`__rtcount_is ${commands.map((name) => name.includes(" ") ? `"${name}"` : name).join(" ")}`);
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
