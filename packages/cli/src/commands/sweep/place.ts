import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Arg, refusal, type StringFlag } from '@hotcb/commands'
import { isSweepError, openWorkspace, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'

export const PIN_FLAG: StringFlag = {
  type: 'string',
  alias: 'p',
  valueHint: 'NAME=VALUE',
  repeats: true,
  description: 'Only trials with this parameter value; more `NAME=VALUE` words may follow.',
}

type WordsArg = Arg & { readonly type: 'positional'; readonly required: false }

/** The words of a command: a workspace, a trial, and pins (`NAME=VALUE`). */
export const WORDS: WordsArg = {
  type: 'positional',
  required: false,
  variadic: true,
  valueHint: 'WORKSPACE',
  description: 'The sweep directory, or its YAML file. Default: the working directory.',
}

/** Like {@link WORDS}, for commands about one trial. */
export const TRIAL_WORDS: WordsArg = {
  ...WORDS,
  valueHint: 'TRIAL',
  description: 'The index of the trial; the sweep directory may come before it.',
}

/** The parsed words of a command line. */
export interface SweepWords {
  readonly workspace: string
  readonly index: number | undefined
  readonly pins: readonly string[]
}

/**
 * Reads the words of a sweep command: `NAME=VALUE` is a pin, a number that is not a directory is a trial, and anything else is the
 * workspace.
 */
export function readSweepWords(
  words: readonly string[],
  { pin, takesIndex = false }: { readonly pin?: string | undefined; readonly takesIndex?: boolean },
  context: Pick<CliContext, 'dir' | 'dirGiven'>,
): SweepWords {
  const pins = pin === undefined ? [] : pin.split(',')
  let workspace: string | undefined
  let index: number | undefined
  for (const word of words) {
    if (pin !== undefined && word.includes('=') && !existsSync(word)) pins.push(word)
    else if (takesIndex && index === undefined && /^\d+$/.test(word) && !isDirectory(word)) index = Number(word)
    else if (workspace === undefined) workspace = word
    else throw refusal(`unexpected argument "${word}"`)
  }
  return { workspace: workspace ?? (context.dirGiven ? context.dir : '.'), index, pins }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Runs a function in a workspace. A refusal is printed line by line. */
export async function inWorkspace(
  { workspace: place }: Pick<SweepWords, 'workspace'>,
  context: CliContext,
  act: (workspace: Workspace) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  if (!existsSync(place)) throw refusal(`\`${place}\` does not exist`)
  let workspace: Workspace | undefined
  try {
    workspace = openWorkspace(place)
    return await act(workspace)
  } catch (error) {
    return tellSweepError(error, context)
  } finally {
    workspace?.close()
  }
}

/**
 * Prints a sweep error, line by line.
 *
 * @throws Any other error, unchanged. With `--json`, a CommandError with all lines.
 */
export function tellSweepError(error: unknown, { terminal, json }: CliContext): ExitCode {
  if (!isSweepError(error)) throw error
  const { lines, code } = error
  const isUnanswered = code === 'unanswered'
  if (json) {
    throw refusal(lines[0] ?? error.message, undefined, {
      ...(code !== 'refused' && { kind: code }),
      ...(lines.length > 1 && { problems: lines }),
    })
  }
  for (const line of lines) terminal.err(`${terminal.red('Error:')} ${line}`)
  return isUnanswered ? EXIT.noAnswer : EXIT.refused
}

/** Returns the command line that starts this program with `words` as a separate process. */
export function ownProgram(...words: readonly string[]): readonly string[] {
  const [node = process.execPath, script = ''] = process.argv
  const isHerd = basename(script).startsWith('herd')
  return [node, ...process.execArgv, script, ...(isHerd ? [] : ['sweep']), ...words]
}

/** Returns the words that call `hotcb` from a script on this machine. */
export function hotcbProgram(): readonly string[] {
  const [node = process.execPath, script = ''] = process.argv
  return [node, ...process.execArgv, join(dirname(script), basename(script).replace(/^herd/, 'hotcb'))]
}

/** Returns the name under which the user called this program. */
export function typedName(): string {
  return basename(process.argv[1] ?? '').startsWith('herd') ? 'herd' : 'hotcb sweep'
}
