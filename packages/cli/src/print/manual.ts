import { type CommandEntry, GLOBAL_FLAGS, isGroup } from '@hotcb/commands'
import type { CliCommand } from '../parse/command.ts'
import { BUILT_IN_WORDS } from '../parse/command-words.ts'
import { loadCommand } from '../parse/load-command.ts'
import { flagRows, type HelpRow, positionalRows, synopsis } from './help.ts'

/** Returns the manual of the command line as Markdown, generated from the commands: `docs/cli.md`. */
export async function renderManual(): Promise<string> {
  const parts = [
    HEAD,
    '## Global flags',
    table(
      'flag',
      flagRows(GLOBAL_FLAGS, (text) => text),
    ),
    TAIL,
  ]
  for (const { title, entries } of BUILT_IN_WORDS.sections) {
    const shown = entries
    if (shown.length === 0) continue
    parts.push(`## ${title}`)
    for (const entry of shown) parts.push(...(await entryParts([], entry)))
  }
  return `${parts.join('\n\n')}\n`
}

const HEAD = `<!-- Generated from the commands by \`npx vitest run packages/cli/test/manual.test.ts -u\`. Do not edit. -->
# The command line

\`\`\`
hotcb [--dir RUN] COMMAND [ARGUMENTS]
\`\`\`

A command applies to the run given with \`--dir\` or \`-d\`, or else the one in \`HOTCB_DIR\`, or else the working directory. If that is not a
run, it applies to the only live run below the working directory; if several runs are alive, the command lists them and does nothing.

\`--dir\` and the other flags may come before or after the command. If you mistype a name, the error message suggests the closest match.`

const TAIL = `## Values

\`KEY=VALUE\` is split at the first \`=\`. A value can be \`true\`, \`false\` or \`null\` in any case; a whole number; a decimal with or without a dot
and exponent (\`1e-4\`, \`.5\`, \`-3E+2\`); or JSON, if it begins with \`{\`, \`[\` or \`"\`. Invalid JSON is an error. Everything else is text.
A whole number beyond 2^53 is rejected, including in JSON, because it would be rounded.

## Exit codes

| code | meaning |
|---|---|
| 0 | applied, or queued without waiting for an answer |
| 1 | refused or failed |
| 2 | the command line is invalid; nothing was written |
| 3 | queued, but no trainer answered |
| 130 | interrupted |

## Environment

| name | meaning |
|---|---|
| \`HOTCB_DIR\` | the run directory, if \`--dir\` is not given |
| \`NO_COLOR\` | no colours |
| \`FORCE_COLOR\` | colours, even without a terminal |
| \`USER\` | the author of a command, recorded in the ledger |
| \`HOTCB_DEBUG\` | stack traces of errors |

Text from files may contain control characters. They are replaced with \`\uFFFD\`, or escaped in \`--json\`, so that no file can control
your terminal.`

async function entryParts(above: readonly string[], entry: CommandEntry): Promise<readonly string[]> {
  const path = [...above, entry.name]
  if (!isGroup(entry)) return commandParts(path, entry.summary, await loadCommand(path, entry))
  const parts: string[] = []
  for (const one of entry.entries) parts.push(...(await entryParts(path, one)))
  return parts
}

function commandParts(path: readonly string[], summary: string, command: CliCommand): readonly string[] {
  const { args, about, examples } = command
  const parts = [`### hotcb ${path.join(' ')}`, summary, fence([synopsis(path, args)]), ...about]
  const positionals = positionalRows(args, (text) => text)
  if (positionals.length > 0) parts.push(table('argument', positionals))
  const flags = flagRows(args, (text) => text)
  if (flags.length > 0) parts.push(table('flag', flags))
  if (examples.length > 0) {
    const width = Math.max(...examples.map(({ type }) => type.length))
    parts.push(fence(examples.map(({ type, does }) => `${type.padEnd(width)}  # ${does}`)))
  }
  return parts
}

function fence(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}

function table(head: string, rows: readonly HelpRow[]): string {
  const lines = rows.map(([left, right]) => `| \`${left.replaceAll('|', '\\|')}\` | ${right.replaceAll('|', '\\|')} |`)
  return [`| ${head} | |`, '|---|---|', ...lines].join('\n')
}
