import { type FoundCommand, type Globals, incompleteCommandError, isCommandError, readArguments } from '@hotcb/commands'
import { headlineOf, messageOf, printable } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import { runCommand } from 'citty'
import type { CliContext, CliPorts } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import type { CommandCall } from './parse/command.ts'
import { findTyped, runNamed, wordsOfRun } from './parse/command-words.ts'
import { loadCommand } from './parse/load-command.ts'
import { placeOf } from './parse/place.ts'
import { jsonTerminal } from './print/json-terminal.ts'
import { openTerminal, type Terminal } from './print/terminal.ts'

/**
 * Runs one command line, prints its output and returns its exit code. Never throws.
 *
 * @param argv The arguments, without node and script.
 * @param terminal Where output is printed. Default: standard output and error.
 */
export async function runCli(
  argv: readonly string[],
  ports: CliPorts,
  terminal: Terminal = openTerminal({ env: process.env, colour: !argv.includes('--no-color') }),
): Promise<ExitCode> {
  const json = asksForJson(argv)
  const shown = json ? jsonTerminal(terminal) : terminal
  try {
    return await dispatch(argv, shown, ports)
  } catch (error) {
    return report(error, json, shown)
  }
}

// Checked before the line is parsed, because parsing may fail.
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}

async function dispatch(argv: readonly string[], terminal: Terminal, ports: CliPorts): Promise<ExitCode> {
  if (argv[0] === '__complete') return complete(argv.slice(argv[1] === '--' ? 2 : 1), terminal)
  // `hotcb help set` is `hotcb set --help`.
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const found = findTyped(words)
  const { leaf, tokens } = found
  if (asksForHelp(tokens)) return printHelp(found, words, terminal)
  if (leaf === undefined) return withoutCommand(found, words, terminal, ports)
  const { args, command } = await loadCommand(found.path, leaf)
  const { values, globals } = readArguments(args, tokens)
  if (globals.version === true) return printVersion(ports, globals, terminal)
  const place = placeOf(globals, found.path, process.env, terminal)
  const rest = { json: globals.json ?? false, terminal, env: process.env, ports, runLine: runCli }
  // A spread would read the directory here; it is determined only when a command reads it.
  const context: CliContext = Object.assign(place, rest)
  const call: CommandCall = { values, context }
  const { result } = await runCommand(command, { rawArgs: [], data: call })
  // Commands are created by `cliCommand`, whose `run` returns an exit code.
  return result as ExitCode
}

// The completion scripts call this. It prints one word per line, with a tab and its meaning.
async function complete(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { candidates } = await import('./parse/candidates.ts')
  const found = await candidates(words)
  // Words with terminal control characters are left out.
  const typable = found.filter(({ word }) => word === printable(word))
  terminal.page(typable.map(({ word, means }) => `${word}\t${printable(means)}`).join('\n'))
  return EXIT.done
}

// `--help` must work on an otherwise invalid line, so flags are not parsed for it.
function asksForHelp(tokens: readonly string[]): boolean {
  const end = tokens.indexOf('--')
  return (end < 0 ? tokens : tokens.slice(0, end)).some((token) => token === '--help' || token === '-h')
}

async function printHelp(found: FoundCommand, argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { helpPage } = await import('./print/help.ts')
  terminal.page(await helpPage(found, wordsOfRun(runNamed(argv)), terminal))
  return EXIT.done
}

async function withoutCommand(
  found: FoundCommand,
  argv: readonly string[],
  terminal: Terminal,
  ports: CliPorts,
): Promise<ExitCode> {
  const { globals } = readArguments({}, found.tokens)
  if (globals.version === true) return printVersion(ports, globals, terminal)
  if (found.path.length === 0) return printHelp(found, argv, terminal)
  throw incompleteCommandError(found)
}

function printVersion({ version }: CliPorts, { json }: Globals, terminal: Terminal): ExitCode {
  if (json === true) terminal.json({ version, node: process.versions.node })
  else terminal.out(`hotcb ${version}`)
  return EXIT.done
}

function report(error: unknown, json: boolean, terminal: Terminal): ExitCode {
  const known = isCommandError(error)
  const exitCode = exitCodeOf(error)
  const hint = known || isRunError(error) ? error.hint : undefined
  if (json) {
    terminal.report(errorDocument(error, exitCode, hint))
    return exitCode
  }
  // Messages are one line by design, but may quote several lines of a file, which are printed in full.
  const said = known ? error.message : headlineOf(error)
  terminal.err(`${terminal.red('hotcb:')} ${said}${hint === undefined ? '' : `; ${hint}`}`)
  // Stack traces are useful only for debugging hotcb itself.
  if (process.env['HOTCB_DEBUG'] && error instanceof Error) for (const line of linesOf(error)) terminal.err(line)
  return exitCode
}

function exitCodeOf(error: unknown): ExitCode {
  if (isUsage(error)) return EXIT.usage
  return isCommandError(error) && error.details.kind === 'unanswered' ? EXIT.noAnswer : EXIT.refused
}

/** Returns the document of an error; `answers/reports.ts` has its shape. */
function errorDocument(error: unknown, exitCode: ExitCode, hint: string | undefined): object {
  const { kind, facts, problems } = isCommandError(error) ? error.details : {}
  return {
    error: isCommandError(error) ? error.message : messageOf(error),
    code: kind ?? codeOf(error),
    exit_code: exitCode,
    ...(hint !== undefined && { hint }),
    ...(problems !== undefined && { problems }),
    ...(facts !== undefined && { facts }),
  }
}

function codeOf(error: unknown): string {
  if (isCommandError(error)) return error.code
  return isRunError(error) ? error.code.replaceAll('-', '_') : 'failed'
}

function isUsage(error: unknown): boolean {
  return isCommandError(error) ? error.code === 'usage' : isRunError(error) && error.code === 'unfit'
}

function linesOf({ stack = '' }: Error): readonly string[] {
  return stack.split('\n')
}
