/** A config that was converted from another tool's config, before it is written to a file. */
export interface SweepDraft {
  /** The `name: {type: ..}` lines under `parameters`. */
  readonly parameters: readonly string[]
  readonly statics: readonly string[]
  /** Lines such as `grid: all`. */
  readonly top: readonly string[]
  /** Notes on settings that could not be converted or should be checked. */
  readonly notes: readonly string[]
  /** How the trainer receives its values. */
  readonly style: 'hyphens' | 'words'
  /** The training command, without its values. */
  readonly command: readonly string[]
}

/** Returns the text of `hyperherd.yaml`. */
export function draftConfig(name: string, from: string, { parameters, statics, top, notes }: SweepDraft): string {
  return [
    `# Created from ${from} by \`herd init\`.`,
    ...notes.map((note) => `# Check this: ${note}`),
    `name: ${name}`,
    ...top,
    'launcher: ./launch.sh',
    'local: {max_concurrent: 2}',
    ...(statics.length === 0 ? [] : [`static_overrides: [${statics.map((one) => JSON.stringify(one)).join(', ')}]`]),
    '',
    'parameters:',
    ...parameters.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

/** Returns the text of `launch.sh`. */
export function draftLauncher({ style, command }: SweepDraft): string {
  const words = command.join(' ')
  const head =
    '#!/usr/bin/env bash\n# Runs one trial. Its only argument contains the values: experiment_name=.. lr=0.001\nset -euo pipefail\n'
  if (style === 'words') return `${head}\nexec ${words} $1\n`
  return `${head}
ARGS=()
for word in $1; do
  case "$word" in experiment_name=*) ;; *) ARGS+=("--$word") ;; esac
done
exec ${words} "\${ARGS[@]}"
`
}

/** Writes a string as a YAML scalar that is read back as the same string. */
export function yamlText(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null|none)$/i.test(text)
    ? text
    : JSON.stringify(text)
}
