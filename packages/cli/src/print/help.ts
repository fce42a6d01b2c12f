import { type Arg, type Args, type CommandEntry, type FoundCommand, GLOBAL_FLAGS } from '@hotcb/commands'
import type { CliCommand } from '../parse/command.ts'
import type { CommandWords } from '../parse/command-words.ts'
import { loadCommand } from '../parse/load-command.ts'
import type { Terminal } from './terminal.ts'

/** Two columns of a help page: what to type, and its meaning. */
export type HelpRow = readonly [string, string]

/** Returns the help page of a command or of a group of commands, or the overview. */
export async function helpPage(found: FoundCommand, words: CommandWords, terminal: Terminal): Promise<string> {
  const { path, leaf, entries } = found
  if (leaf !== undefined) return commandPage(path, leaf.summary, await loadCommand(path, leaf), terminal)
  return path.length === 0 ? overview(words, terminal) : groupPage(path, entries, terminal)
}

function overview({ sections }: CommandWords, terminal: Terminal): string {
  const parts = [
    'Steer a model while it trains: live control, an exact ledger, replay.',
    usage('hotcb [--dir RUN] COMMAND [ARGUMENTS]', terminal),
  ]
  for (const { title, entries } of sections) {
    const rows = entries.map((entry): HelpRow => [entry.name, plain(entry.summary)])
    if (rows.length > 0) parts.push(section(title, rows, terminal))
  }
  parts.push(section('Global flags', flagRows(GLOBAL_FLAGS), terminal))
  const examples: readonly HelpRow[] = [
    ['hotcb demo', 'train the demo; then, in a second terminal:'],
    ['hotcb --dir runs/demo-001 set lr=0.01', ''],
  ]
  parts.push(section('Try', examples, terminal), 'For details: `hotcb COMMAND --help`'.replaceAll('`', ''))
  return parts.join('\n\n')
}

function groupPage(path: readonly string[], entries: readonly CommandEntry[], terminal: Terminal): string {
  const rows = entries.map((entry): HelpRow => [entry.name, plain(entry.summary)])
  return [
    usage(`hotcb ${path.join(' ')} COMMAND [ARGUMENTS]`, terminal),
    section('Commands', rows, terminal),
    `For details: hotcb ${path.join(' ')} COMMAND --help`,
  ].join('\n\n')
}

function commandPage(path: readonly string[], summary: string, command: CliCommand, terminal: Terminal): string {
  const { args, about, examples } = command
  const parts = [
    plain(summary),
    usage(synopsis(path, args), terminal),
    ...about.map((text) => wrap(plain(text), terminal)),
  ]
  const positionals = positionalRows(args)
  if (positionals.length > 0) parts.push(section('Arguments', positionals, terminal))
  const flags = flagRows(args)
  if (flags.length > 0) parts.push(section('Flags', flags, terminal))
  parts.push(section('Global flags', flagRows(GLOBAL_FLAGS), terminal))
  const rows = examples.map(({ type, does }): HelpRow => [type, plain(does)])
  parts.push(section('Examples', rows, terminal))
  return parts.join('\n\n')
}

/** Returns the usage line of a command: `hotcb set KEY=VALUE... [FLAGS]`. */
export function synopsis(path: readonly string[], args: Args): string {
  const words = ['hotcb', ...path]
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type !== 'positional') continue
    const word = `${arg.valueHint ?? name.toUpperCase()}${arg.variadic === true ? '...' : ''}`
    words.push(arg.required === false ? `[${word}]` : word)
  }
  if (Object.values(args).some((arg) => arg.type !== 'positional')) words.push('[FLAGS]')
  return words.join(' ')
}

/** Returns the positional arguments of a command. `textOf` converts Markdown for the page. */
export function positionalRows(args: Args, textOf: (markdown: string) => string = plain): readonly HelpRow[] {
  return Object.entries(args)
    .filter(([, arg]) => arg.type === 'positional')
    .map(([name, arg]) => [arg.valueHint ?? name.toUpperCase(), textOf(arg.description ?? '')])
}

/** Returns the flags of a command, as {@link positionalRows} does. */
export function flagRows(args: Args, textOf: (markdown: string) => string = plain): readonly HelpRow[] {
  return Object.entries(args)
    .filter(([, arg]) => arg.type !== 'positional' && arg.hidden !== true)
    .map(([name, arg]) => [flagWord(name, arg), textOf(arg.description ?? '')])
}

function flagWord(name: string, arg: Arg): string {
  const short = arg.alias?.length === 1 ? `-${arg.alias}, ` : ''
  if (arg.type === 'boolean') return `${short}--${name === 'color' ? 'no-color' : name}`
  const hint = arg.valueHint ?? (arg.type === 'enum' && arg.options !== undefined ? arg.options.join('|') : 'VALUE')
  return arg.bare === undefined ? `${short}--${name} ${hint}` : `${short}--${name}[=${hint}]`
}

function usage(line: string, terminal: Terminal): string {
  return `${terminal.bold('Usage')}  ${terminal.cyan(line)}`
}

function section(title: string, rows: readonly HelpRow[], terminal: Terminal): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)))
  const room = Math.max(30, Math.min(120, terminal.columns()) - width - 4)
  const lines = rows.flatMap(([left, right]) => {
    const [first = '', ...more] = wrapTo(right, room)
    const painted = terminal.cyan(left) + ' '.repeat(Math.max(0, width - left.length))
    const tail = more.map((line) => `${' '.repeat(width + 4)}${line}`)
    if (left.length > width && right !== '') {
      return [`  ${painted}`, `${' '.repeat(width + 4)}${first}`, ...tail]
    }
    return [`  ${painted}  ${first}`.trimEnd(), ...tail]
  })
  return [terminal.bold(title), ...lines].join('\n')
}

function wrap(text: string, terminal: Terminal): string {
  return wrapTo(text, Math.min(100, terminal.columns())).join('\n')
}

function wrapTo(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(line)
  return lines
}

// Removes backticks, which are Markdown. docs/cli.md is built from the same strings.
function plain(text: string): string {
  return text.replaceAll('`', '')
}
