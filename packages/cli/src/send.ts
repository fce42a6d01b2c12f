import { statSync } from 'node:fs'
import { type Appender, fileSystemKind, hostWriter, JournalError, openAppender } from '@hotcb/journal'
import { type CallbackTarget, createCid, type JsonObject } from '@hotcb/protocol'
import { requireProtocol } from '@hotcb/run/node'
import { type Answer, exitCodeOf, printAnswers } from './answer.ts'
import { type Conditions, readConditions } from './conditions.ts'
import type { CliContext } from './context.ts'
import { refusal, usageError } from './errors.ts'
import type { ExitCode } from './exit-code.ts'
import type { SendFlags } from './flags.ts'
import { allInForeignWords } from './foreign.ts'
import { isForeignKernel } from './kernel-kind.ts'
import { waitForLines } from './ledger-watch.ts'
import { openRun, type Run } from './run.ts'

/** One thing asked of one module. */
export interface Asked {
  readonly module: string
  readonly op: string
  readonly id?: string
  readonly params?: JsonObject
  /** Of a `load`: where the code is, what it is made with, and whether it runs at once. */
  readonly target?: CallbackTarget
  readonly init?: JsonObject
  readonly enabled?: boolean
}

/** A command as it was written. */
export interface Sent extends Asked {
  readonly cid: string
  readonly at?: Conditions['at']
}

/**
 * Appends commands to the run, waits for the ledger to answer them if that is wanted, prints what became of each, and
 * gives the exit code.
 *
 * @throws `CliError` when nothing could be written.
 */
export async function sendCommands(
  context: CliContext,
  asked: readonly Asked[],
  flags: SendFlags,
  run: Run = openRun(context.dir),
): Promise<ExitCode> {
  const conditions = readConditions(flags)
  const life = run.life()
  requireProtocol(life)
  const waitMs = waitOf(flags, context)
  const isForeign = (waitMs > 0 || hasConditions(conditions) || life.verdict !== 'alive') && isForeignKernel(run)
  if (isForeign && hasConditions(conditions)) {
    throw refusal(
      'the kernel of this run is not ours and knows no `--at`, `--expect` and `--expires`: nothing is written',
      'without them it is applied at the next safe point',
    )
  }
  const wanted = isForeign ? allInForeignWords(asked, run) : asked
  const from = statSync(run.path('ledger'), { throwIfNoEntry: false })?.size ?? 0
  const sent = write(run, wanted, { ...conditions, ...noteOf(flags) }, context, isForeign)
  const answers = await answersOf(run, sent, {
    from,
    waitMs,
    isForeign,
    isDead: life.verdict === 'dead',
    isLost: typeof life.state?.ranks?.lost === 'string',
  })
  printAnswers(answers, context)
  return exitCodeOf(answers)
}

function waitOf({ wait, at }: SendFlags, { terminal }: CliContext): number {
  if (wait === 'no') return 0
  if (wait !== undefined) return Number(wait) * 1000
  return terminal.isTerminal && at === undefined ? DEFAULT_WAIT_MS : 0
}

const DEFAULT_WAIT_MS = 10_000

function hasConditions({ at, expires, expect }: Conditions): boolean {
  return at !== undefined || expires !== undefined || expect !== undefined
}

function noteOf({ note }: SendFlags): { readonly note?: string } {
  if (note === undefined) return {}
  if (note === '') throw usageError('`--note` is empty: say why, or leave it out')
  return { note }
}

function write(
  run: Run,
  asked: readonly Asked[],
  rest: Conditions & { readonly note?: string },
  context: CliContext,
  isForeign: boolean,
): readonly Sent[] {
  const author = authorOf(context)
  const nowMs = Date.now()
  const sent: Sent[] = []
  let text = ''
  for (const { module, op, id = 'main', params, ...load } of asked) {
    const cid = createCid(nowMs, Math.random)
    const head = { cid, ts: nowMs / 1000, source: 'cli', ...(author ? { author } : {}) }
    text += `${JSON.stringify({ ...head, module, op, id, ...load, ...(params === undefined ? {} : { params }), ...rest })}\n`
    sent.push({ cid, module, op, id, ...(params === undefined ? {} : { params }), at: rest.at })
  }
  appendCommands(run, text, isForeign)
  return sent
}

/** Who asks: the person at the keyboard; undefined where the environment does not say. */
export function authorOf({ env }: CliContext): string | undefined {
  return env['USER'] || env['LOGNAME'] || env['USERNAME']
}

/**
 * Appends whole command lines, at one stroke.
 *
 * @throws `CliError` `refused`: nothing was asked.
 */
export function appendCommands(run: Run, text: string, isForeign: boolean): void {
  let appender: Appender
  try {
    // Appends of several hosts mix on a network file system, so each has a file of its own; hotcb 2 reads only the one.
    appender =
      isForeign || fileSystemKind(run.dir) === 'local' ? openAppender(run.path('commands')) : hostWriter(run.dir)
  } catch (error) {
    if (error instanceof JournalError) throw refusal(error.message)
    throw error
  }
  const failure = appender.append(text)
  appender.close()
  if (failure !== null) throw refusal(`${failure.message}: nothing is asked`)
}

interface Waiting {
  readonly from: number
  readonly waitMs: number
  readonly isForeign: boolean
  /** Whether the trainer is dead; one of which that is not known is waited for. */
  readonly isDead: boolean
  /** Whether the trainer lives, and cannot reach its other ranks: it takes no commands. */
  readonly isLost: boolean
}

async function answersOf(run: Run, sent: readonly Sent[], waiting: Waiting): Promise<readonly Answer[]> {
  const { from, waitMs, isForeign, isDead, isLost } = waiting
  const queued = (why: Exclude<Answer['why'], undefined>): readonly Answer[] => sent.map((one) => ({ sent: one, why }))
  if (isForeign) return queued(waitMs > 0 ? 'foreign' : 'not-waited')
  if (waitMs === 0) return queued(isDead ? 'not-waited-dead' : 'not-waited')
  if (isDead) return queued('dead')
  if (isLost) return queued('lost')
  const cids = new Set(sent.map((one) => one.cid))
  const { end, lines } = await waitForLines(run, {
    from,
    timeoutMs: waitMs,
    count: sent.length,
    marks: [...cids],
    isAnswer: (line) => line.cid !== null && cids.has(line.cid),
  })
  return sent.map((one) => {
    const line = lines.find(({ cid }) => cid === one.cid)
    if (line !== undefined) return { sent: one, line }
    return { sent: one, why: end === 'answered' ? 'timeout' : end, waitMs }
  })
}
