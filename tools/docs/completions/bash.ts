// Completion for bash. It needs no package of helper functions.

import {
  completedCommands,
  completedKeys,
  completedOptions,
  HEADER,
  keysByValues,
  wordsAfter,
} from "./completion_table.ts";

export function bashCompletion(): string {
  const valued = completedOptions.filter(({ kind }) => kind !== "none");
  const namesOf = (kind: string) => completedOptions.filter((option) => option.kind === kind).map(nameOf);
  const twoWords = [...new Set(completedCommands.map(({ name }) => name.split(" ")))]
    .filter((words) => words.length > 1).map(([first]) => first);
  return `# bash completion for rtcount
${HEADER}

# The options of a command.
_rtcount_options() {
  case $1 in
${
    completedCommands.map(({ name, options }) => `    "${name}") echo "${options.map(nameOf).join(" ")}" ;;`)
      .join("\n")
  }
    "") echo "--help --version" ;;
    *) echo "--help" ;;
  esac
}

# The keys that --set takes.
_rtcount_keys() {
  echo "${completedKeys.map(({ path }) => `${path}=`).join("\n    ")}"
}

# The values of a key that has few.
_rtcount_values() {
  case $1 in
${
    keysByValues().map(({ values, keys }) => `    ${keys.join(" | \\\n      ")}) echo "${values}" ;;`).join(
      "\n",
    )
  }
  esac
}

_rtcount() {
  local -a words=()
  local line=\${COMP_LINE:0:COMP_POINT} command="" option="" value="" choices="" word i
  COMPREPLY=()
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local last=$((\${#words[@]} - 1))
  local current=\${words[last]}

  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    case $word in
      ${valued.map(nameOf).join(" | ")}) i=$((i + 1)) ;;
      -*) ;;
      *)
        if [[ -z $command ]]; then command=$word
        elif [[ ${
    [...new Set(twoWords)].map((first) => `$command == ${first}`).join(" || ")
  } ]]; then command="$command $word"
        fi
        ;;
    esac
  done

  if [[ $current == --*=* ]]; then
    option=\${current%%=*} value=\${current#*=}
  elif ((last > 1)); then
    option=\${words[last - 1]} value=$current
  fi
  case $option in
    ${namesOf("set").join(" | ")})
      if [[ $value == *=* ]]; then
        for word in $(_rtcount_values "\${value%%=*}"); do choices+="\${value%%=*}=$word "; done
      else
        choices=$(_rtcount_keys)
      fi
      _rtcount_reply "$choices" "$current" "$value"
      return
      ;;
${
    completedOptions.filter(({ kind }) => kind === "choice").map(({ name, oneOf }) =>
      `    ${name})
      _rtcount_reply "${oneOf.join(" ")}" "$current" "$value"
      return
      ;;`
    ).join("\n")
  }
    ${namesOf("file").join(" | ")})
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$value")
      return
      ;;
    ${namesOf("other").join(" | ")}) return ;;
  esac

  if [[ $current == -* ]]; then
    choices=$(_rtcount_options "$command")
  else
    case $command in
      "") choices="${wordsAfter().map(({ word }) => word).join(" ")}" ;;
${
    [...new Set(twoWords)].map((first) =>
      `      ${first}) choices="${wordsAfter(first).map(({ word }) => word).join(" ")}" ;;`
    ).join("\n")
  }
      ${completedCommands.filter(({ takesFiles }) => takesFiles).map(({ name }) => `"${name}"`).join(" | ")})
        compopt -o filenames 2> /dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
  fi
  _rtcount_reply "$choices" "$current" "$current"
}

# Completes a value. bash replaces only the part after the last "=", if that breaks words.
_rtcount_reply() {
  local choices=$1 current=$2 value=$3 prefix=""
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$value")
  [[ \${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2> /dev/null
  if [[ $COMP_WORDBREAKS == *=* ]]; then
    [[ $value == *=* ]] && prefix=\${value%"\${value##*=}"}
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  else
    COMPREPLY=("\${COMPREPLY[@]/#/\${current%"$value"}}")
  fi
}

complete -F _rtcount rtcount
`;
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
