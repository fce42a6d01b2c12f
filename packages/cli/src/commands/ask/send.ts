import {
  eventNote,
  pastEndError,
  pastEndText,
  pastStepError,
  refusal,
  type SendOptions,
  unknownExpected,
} from '@hotcb/commands'
import { BUILT_IN_TABLE, type LedgerLine, type ModuleTable } from '@hotcb/protocol'
import { type Draft, type DraftConditions, hasConditions, type Liveness } from '@hotcb/run'
import type { CliContext } from '../../context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { type Answer, exitCodeOf, printAnswers } from '../../print/answer.ts'
import { moduleTable, type Run, readControls } from '../../run.ts'
import { untilAborted } from '../../until-aborted.ts'

/** One request to one module. */
export type Asked = Draft

/** A command that was written to the file. */
export interface Sent extends Asked {
  readonly cid: string
}

/**
 * Appends commands to the run's file, waits for their answers in the ledger if requested, prints the outcome of each, and returns
 * the exit code.
 *
 * @throws CommandError or `RunError` when no command could be written.
 */
export async function sendCommands(
  context: CliContext,
  asked: readonly Asked[],
  { conditions, note, waitS, late = false }: SendOptions,
  run: Run,
): Promise<ExitCode> {
  const life = run.life()
  refuseConditions(run, conditions)
  noteEvent(conditions, run, context)
  const isPast = judgePast(conditions, life, late, context)
  judgeEnd(conditions, life.verdict === 'alive' ? run : undefined, late, context)
  const drafts = asked.map((one) => ({ ...one, id: one.id ?? 'main', ...(note !== undefined && { note }) }))
  // Ctrl-C must not hide what has been sent, so it is caught before anything is sent.
  const answers = await untilAborted((signal) => {
    const { cids, drafts: written, from, isForeign } = run.send(drafts, senderOf(context), conditions)
    const sent = written.map((draft, i) => ({ ...draft, cid: cids[i] ?? '' }))
    return answersOf(run, sent, {
      from,
      waitMs: waitMs(waitS, isPast ? {} : conditions, context),
      isForeign,
      isDead: life.verdict === 'dead',
      isLost: typeof life.state?.ranks?.lost === 'string',
      signal,
    })
  })
  printAnswers(answers, context, tableFor(answers, run))
  return exitCodeOf(answers)
}

// Load the run's custom modules only if one of them answers. The ledger line of a revert names the reverted module.
function tableFor(answers: readonly Answer[], run: Run): ModuleTable {
  const told = answers.map(({ line, sent }) => line?.module ?? sent.module)
  return told.every((module) => BUILT_IN_TABLE.get(module) !== undefined) ? BUILT_IN_TABLE : moduleTable(run)
}

function refuseConditions(run: Run, conditions: DraftConditions): void {
  if (!hasConditions(conditions)) return
  const unknown = conditions.expect === undefined ? undefined : unknownExpected(conditions, readControls(run))
  if (unknown !== undefined) throw unknown
  if (!run.isForeign()) return
  throw refusal(
    'this run is trained by hotcb 2 in Python, which does not support `--at`, `--expect` or `--expires`: nothing was written',
    'omit them to apply the command at the next safe point',
  )
}

// The latest ledger lines contain the names of the events at which changes were applied.
function noteEvent(conditions: DraftConditions, run: Run, { terminal, json }: CliContext): void {
  if (conditions.at?.event === undefined || json) return
  const seen = run.last('ledger', 200).flatMap(({ value: { event } }) => (event === null ? [] : [event]))
  const note = eventNote(conditions, seen)
  if (note !== undefined) terminal.err(note)
}

/**
 * Checks whether the live trainer has already passed the step of `--at`. On a terminal this is only reported. A script must
 * confirm it explicitly, because its output may never be read.
 */
function judgePast(
  conditions: DraftConditions,
  { verdict, state }: Liveness,
  late: boolean,
  { terminal, json }: CliContext,
): boolean {
  const past = pastStepError(conditions, verdict === 'dead' ? null : (state?.step ?? null))
  if (past === undefined) return false
  if (!late && !terminal.isTerminal) throw past
  if (terminal.isTerminal && !json)
    terminal.err(`step ${conditions.at?.step} has already passed: the command is applied now`)
  return true
}

/** Checks whether the step is after the run's last step. @param run Undefined if there is no live trainer. */
function judgeEnd(
  conditions: DraftConditions,
  run: Run | undefined,
  late: boolean,
  { terminal, json }: CliContext,
): void {
  if (conditions.at === undefined || run === undefined) return
  const total = run.document('run').value?.max_steps ?? null
  const past = pastEndError(conditions, total)
  if (past === undefined || total === null) return
  if (!late && !terminal.isTerminal) throw past
  if (terminal.isTerminal && !json)
    terminal.err(`step ${conditions.at.step} is ${pastEndText(total)}; it is queued anyway`)
}

function waitMs(waitS: number | undefined, { at }: DraftConditions, { terminal }: CliContext): number {
  if (waitS !== undefined) return waitS * 1000
  return terminal.isTerminal && at === undefined ? DEFAULT_WAIT_MS : 0
}

const DEFAULT_WAIT_MS = 10_000

/** Returns the source and the author of a command. The author is the user from the environment, if any. */
export function senderOf({ env, ports }: CliContext): { readonly source: string; readonly author: string | undefined } {
  if (ports.sender !== undefined) return ports.sender
  return { source: 'cli', author: env['USER'] || env['LOGNAME'] || env['USERNAME'] }
}

interface Waiting {
  readonly from: number
  readonly waitMs: number
  readonly isForeign: boolean
  /** Whether the trainer is dead. If its state is unknown, it counts as alive, and its answer is awaited. */
  readonly isDead: boolean
  /** Whether the trainer is alive but cannot reach its other ranks and therefore does not accept commands. */
  readonly isLost: boolean
  readonly signal: AbortSignal
}

async function answersOf(run: Run, sent: readonly Sent[], waiting: Waiting): Promise<readonly Answer[]> {
  const { from, waitMs, isForeign, isDead, isLost, signal } = waiting
  const queued = (why: Exclude<Answer['why'], undefined>): readonly Answer[] => sent.map((one) => ({ sent: one, why }))
  if (isForeign) return queued(waitMs > 0 ? 'foreign' : 'not-waited')
  if (waitMs === 0) return queued(isDead ? 'not-waited-dead' : 'not-waited')
  if (isDead) return queued('dead')
  if (isLost) return queued('lost')
  const cids = sent.map((one) => one.cid)
  const { end, lines } = await run.answers(cids, { from, timeoutMs: waitMs, signal })
  const lineOf = (cid: string): LedgerLine | undefined => lines.find((line) => line.cid === cid)
  const why = end === 'aborted' ? 'interrupted' : end === 'dead' ? 'dead' : 'timeout'
  return sent.map((one) => {
    const line = lineOf(one.cid)
    return line === undefined ? { sent: one, why, waitMs } : { sent: one, line }
  })
}
