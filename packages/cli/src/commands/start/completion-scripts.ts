/** Shells that have a completion script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/** Returns the completion script for a shell. Each script calls the program, which reads the run's keys. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

// `herd` is the same as `hotcb sweep`. bash treats `=` as the end of a word. Therefore the script splits the line itself and
// removes everything up to the last `=` from the answers.
const BASH = `# hotcb: eval "$(hotcb completion bash)"
_hotcb() {
  local line="\${COMP_LINE:0:COMP_POINT}" cur="\${COMP_WORDS[COMP_CWORD]}" word candidate
  local -a words
  read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  [[ "$cur" == "=" ]] && cur=""
  local prefix="\${word%"$cur"}"
  COMPREPLY=()
  local -a lead=()
  [[ "\${words[0]##*/}" == herd ]] && lead=(sweep)
  while IFS=$'\\t' read -r candidate _; do
    [[ "$candidate" != *= && "$candidate" != */ ]] && candidate+=" "
    COMPREPLY+=("\${candidate#"$prefix"}")
  done < <(hotcb __complete -- "\${lead[@]}" "\${words[@]:1}" 2>/dev/null)
}
complete -o nospace -F _hotcb hotcb herd
`

const ZSH = `#compdef hotcb herd
# hotcb: eval "$(hotcb completion zsh)"
_hotcb() {
  local line
  local -a open opened closed shown lead
  [[ "\${words[1]:t}" == herd ]] && lead=(sweep)
  for line in "\${(@f)$(hotcb __complete -- $lead "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z "$line" ]] && continue
    local word="\${line%%$'\\t'*}" means="\${line#*$'\\t'}"
    if [[ "$word" == *[=/] ]]; then
      open+=("$word"); opened+=("$word  $means")
    else
      closed+=("$word"); shown+=("$word  $means")
    fi
  done
  (( $#open )) && compadd -Q -S '' -l -d opened -- $open
  (( $#closed )) && compadd -Q -l -d shown -- $closed
}
if [[ "\${funcstack[1]}" == _hotcb ]]; then _hotcb "$@"; else compdef _hotcb hotcb herd; fi
`

const FISH = `# hotcb: hotcb completion fish | source
function __hotcb_complete
    set -l words (commandline -opc) (commandline -ct)
    hotcb __complete -- $argv $words[2..-1] 2>/dev/null
end
complete -c hotcb -f -a '(__hotcb_complete)'
complete -c herd -f -a '(__hotcb_complete sweep)'
`

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
