import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { openTail, readLastLines, readLines, type Tail } from '@hotcb/journal'
import { printable } from '@hotcb/protocol'
import { isLive, type SweepTrialState } from '@hotcb/sweep'
import { readSweepStatus, SweepError, type TrialStatus, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'

/** `herd tail`. */
export const sweepTailCommand: CliCommand = cliCommand({
  args: {
    words: TRIAL_WORDS,
    lines: {
      type: 'string',
      alias: 'n',
      number: 'whole',
      default: '20',
      valueHint: 'N',
      description: 'Number of lines. Default: 20.',
    },
    stdout: { type: 'boolean', description: 'Only standard output.' },
    stderr: { type: 'boolean', description: 'Only standard error.' },
    attempt: { type: 'string', number: 'whole', valueHint: 'N', description: 'Only the output of this attempt.' },
    follow: { type: 'boolean', alias: 'f', description: 'Print new lines as they arrive, until the trial ends.' },
  },
  about: [
    "Shows the last lines of a trial's output. The output of all attempts is in one file, with a divider before each attempt.",
  ],
  examples: [
    { type: 'hotcb sweep tail 3', does: 'for trial 3' },
    { type: 'hotcb sweep tail 3 -f --stderr', does: 'and follow new lines' },
    { type: 'hotcb sweep tail 3 --attempt 1', does: 'the output of its first attempt' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    const { index } = words
    if (index === undefined) throw refusal('TRIAL is missing: give the index of the trial')
    if (args.stdout === true && args.stderr === true) throw usageError('`--stdout` and `--stderr` cannot be combined')
    const isFollowed = args.follow === true
    if (isFollowed && args.attempt !== undefined)
      throw usageError('`--follow` shows the latest attempt and cannot be combined with `--attempt`')
    return inWorkspace(words, context, async (workspace) => {
      const streams = [
        ...(args.stderr === true ? [] : [openStream(workspace, 'stdout', `${index}.out`)]),
        ...(args.stdout === true ? [] : [openStream(workspace, 'stderr', `${index}.err`)]),
      ]
      const attempt = args.attempt === undefined ? null : Number(args.attempt)
      try {
        const code = await printTail(
          workspace,
          index,
          { count: Number(args.lines), attempt, isFollowed, streams },
          context,
        )
        return isFollowed ? await follow(workspace, index, streams, context) : code
      } finally {
        for (const { tail } of streams) tail.close()
      }
    })
  },
})

interface Stream {
  readonly name: 'stdout' | 'stderr'
  readonly path: string
  /** Follows the file, starting from its end when the command was started. */
  readonly tail: Tail
}

function openStream({ paths }: Workspace, name: Stream['name'], file: string): Stream {
  const path = join(paths.logs, file)
  const tail = openTail(path)
  tail.seekEnd()
  return { name, path, tail }
}

interface Asked {
  readonly count: number
  readonly attempt: number | null
  readonly isFollowed: boolean
  readonly streams: readonly Stream[]
}

async function printTail(
  workspace: Workspace,
  index: number,
  { count, attempt, isFollowed, streams }: Asked,
  { terminal, json }: CliContext,
): Promise<ExitCode> {
  const one = await statusOf(workspace, index)
  if (attempt !== null && one !== undefined) requireAttempt(one, attempt)
  const tails = streams.map((stream) => ({ ...stream, lines: tailOf(stream, count, attempt) }))
  if (json) {
    const shown = tails.map(({ name, path, lines }) => [name, { path, lines, requested: count }] as const)
    terminal.json({
      index,
      status: one?.status ?? 'unknown',
      experiment_name: one?.trial.name ?? null,
      streams: Object.fromEntries(shown),
    })
    return EXIT.done
  }
  if (one === undefined)
    throw new SweepError('refused', `trial ${index} does not exist; list the trials with \`herd ls\``)
  if (!isFollowed && tails.every(({ lines }) => lines === null))
    throw new SweepError(
      'refused',
      `trial ${index} has no output: it has not printed anything yet, or its log was removed`,
    )
  terminal.out(`Trial ${index} [${one.state}] ${printable(one.trial.name)}`)
  for (const { name, path, lines } of tails) {
    if (lines === null) continue
    terminal.out(terminal.dim(`[${name}] ${path} (last ${lines.length} lines)`))
    for (const line of lines) terminal.out(line)
  }
  return EXIT.done
}

async function statusOf(workspace: Workspace, index: number): Promise<TrialStatus | undefined> {
  return (await readSweepStatus(workspace)).trials.find(({ trial }) => trial.i === index)
}

function requireAttempt({ trial, attempt: newest }: TrialStatus, attempt: number): void {
  if (attempt >= 1 && attempt <= newest) return
  const has = newest === 0 ? 'it was never started' : `its attempts are 1 to ${newest}`
  throw new SweepError('refused', `trial ${trial.i} has no attempt ${attempt}; ${has}`)
}

/** Returns the last lines of a file; null if the file does not exist. */
function tailOf({ path, tail }: Stream, count: number, attempt: number | null): readonly string[] | null {
  if (!existsSync(path)) return null
  if (count === 0) return []
  return attempt === null
    ? readLastLines(path, count, { before: tail.offset }).map(({ text }) => text)
    : linesOfAttempt(path, attempt).slice(-count)
}

/** Returns the lines between the divider of an attempt and the next divider. */
function linesOfAttempt(path: string, attempt: number): readonly string[] {
  const lines: string[] = []
  let isIn = false
  for (const { text } of readLines(path)) {
    if (text.startsWith('==== HyperHerd run:')) isIn = new RegExp(`\\battempt ${attempt}\\b`).test(text)
    else if (isIn) lines.push(text)
  }
  return lines
}

const LOOK_MS = 200

/** Prints appended lines until the trial has ended, or the process is interrupted. */
async function follow(
  workspace: Workspace,
  index: number,
  streams: readonly Stream[],
  context: CliContext,
): Promise<ExitCode> {
  const print = linePrinter(streams.length > 1, context)
  const printNew = (): void => {
    for (const { name, tail } of streams) for (const line of newLines(tail)) print(name, line)
  }
  const end = await untilInterrupted(LOOK_MS, async () => {
    // Once the trial has ended, its last lines are in the files.
    const isOver = await hasEnded(workspace, index)
    printNew()
    return isOver ? 'done' : undefined
  })
  return end === 'done' ? EXIT.done : EXIT.interrupted
}

/** Returns a function that prints lines. When the stream changes, its name is printed first. */
function linePrinter(isNamed: boolean, { terminal, json }: CliContext): (name: Stream['name'], line: string) => void {
  let last = ''
  return (name, line) => {
    if (json) {
      terminal.json({ stream: name, line })
      return
    }
    if (isNamed && last !== name) terminal.out(terminal.dim(`[${name}]`))
    last = name
    terminal.out(line)
  }
}

function newLines(tail: Tail): readonly string[] {
  const lines: string[] = []
  for (let more = true; more; ) {
    const batch = tail.read()
    lines.push(...batch.lines.map(({ text }) => text))
    more = batch.more
  }
  return lines
}

async function hasEnded(workspace: Workspace, index: number): Promise<boolean> {
  const state = (await statusOf(workspace, index))?.state
  return state === undefined || isOverFor(state)
}

/** Whether a trial remains in this state until someone acts. */
export function isOverFor(state: SweepTrialState): boolean {
  return !(isLive(state) || state === 'waiting')
}
