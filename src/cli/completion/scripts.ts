export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/**
 * What a shell is to read so that it completes. It runs `completer` with the words typed so far and takes lines of
 * value, tab, description; the line `:files` asks for the shell's own completion of files. Words are handed over as
 * they are, never evaluated, and whatever the completer says besides is thrown away.
 * @param completer program and first arguments; absolute paths, so that the working directory does not matter.
 */
export function completionScript(shell: Shell, completer: readonly string[]): string {
  const command = completer.map((part) => quoted(shell, part)).join(" ");
  return { bash, zsh, fish }[shell](command);
}

/** In single quotes, in which each shell takes all but a quote, and fish a backslash, for itself. */
function quoted(shell: Shell, text: string): string {
  if (shell === "fish") return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const bash = (command: string): string => `# bash completion for oso-pipeline
_oso_pipeline_complete() {
  local line value
  local typed=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      type compopt &>/dev/null && compopt -o default
    elif [[ -n $line ]]; then
      printf -v value %q "\${line%%$'\\t'*}"
      COMPREPLY+=("$value")
    fi
  done < <(${command} complete "\${typed[@]}" 2>/dev/null)
}
complete -F _oso_pipeline_complete oso-pipeline
`;

const zsh = (command: string): string => `#compdef oso-pipeline
_oso_pipeline() {
  local line files
  local -a entries
  for line in "\${(@f)$(${command} complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      files=yes
    elif [[ -n $line ]]; then
      entries+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( $#entries )) && _describe 'oso-pipeline' entries
  [[ -n $files ]] && _files
}
if [[ $zsh_eval_context == *func ]]; then
  _oso_pipeline "$@"
elif (( $+functions[compdef] )); then
  compdef _oso_pipeline oso-pipeline
fi
`;

const fish = (command: string): string => `# fish completion for oso-pipeline
function __oso_pipeline_complete
  set -l typed (commandline -opc)
  set -e typed[1]
  set -l current (commandline -ct)
  for line in (${command} complete $typed "$current" 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path "$current"
    else
      printf '%s\\n' $line
    end
  end
end
complete -c oso-pipeline -f -a '(__oso_pipeline_complete)'
`;
