import type { LedgerLine } from '@hotcb/protocol'
import { type ModuleTable, printable } from '@hotcb/protocol'
import { decisionText, describe, failureReason, plainReason } from '@hotcb/run'
import type { Sent } from '../commands/ask/send.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { showFigure } from './figures.ts'

/** The outcome of one command: the ledger line, or the reason why there is none yet. */
export interface Answer {
  readonly sent: Sent
  readonly line?: LedgerLine
  readonly why?: 'not-waited' | 'not-waited-dead' | 'foreign' | 'dead' | 'lost' | 'timeout' | 'interrupted'
  readonly waitMs?: number
}

/** Returns the exit code of the worst outcome. */
export function exitCodeOf(answers: readonly Answer[]): ExitCode {
  return Math.max(...answers.map(exitCode))
}

function exitCode({ line, why }: Answer): ExitCode {
  if (line !== undefined) return isGood(line) ? EXIT.done : EXIT.refused
  if (why === 'interrupted') return EXIT.interrupted
  return why === 'dead' || why === 'lost' || why === 'timeout' ? EXIT.noAnswer : EXIT.done
}

// A command whose requested values were already set changed nothing, which also counts as success.
function isGood(line: LedgerLine): boolean {
  const { decision } = line
  if (isCancelOfNothing(line)) return false
  return decision === 'applied' || decision === 'skipped_noop'
}

// The cancellation applies if the command still arrives; usually the `cid` was mistyped.
function isCancelOfNothing({ module, op, decision, notes }: LedgerLine): boolean {
  return module === 'core' && op === 'cancel' && decision === 'applied' && (notes ?? '').startsWith('no command with')
}

/** Prints one line per answer. */
export function printAnswers(answers: readonly Answer[], context: CliContext, table: ModuleTable): void {
  for (const answer of answers) {
    if (context.json) context.terminal.json(asJson(answer))
    else if (answer.line === undefined) printQueued(answer, context, table)
    else printLine(answer.line, context, table)
  }
}

function asJson({ sent, line, why }: Answer): object {
  const { cid, module, op, id, params = null, at = null } = sent
  if (line === undefined)
    return { cid, module, op, id, params, at, decision: null, queued: true, why: WORDS[why ?? 'timeout'] }
  const { decision, step, seq, payload, old, error, notes } = line
  return {
    cid,
    module: line.module,
    op: line.op,
    id: line.id,
    params,
    at,
    decision,
    step,
    seq,
    payload,
    old,
    error,
    notes,
  }
}

const WORDS: Readonly<Record<Exclude<Answer['why'], undefined>, string>> = {
  'not-waited': 'not_waited',
  'not-waited-dead': 'not_waited',
  foreign: 'kernel_answers_no_cid',
  dead: 'no_trainer',
  lost: 'ranks_lost',
  timeout: 'no_answer',
  interrupted: 'interrupted',
}

function printQueued({ sent, why, waitMs = 0 }: Answer, { terminal }: CliContext, table: ModuleTable): void {
  const what = terminal.bold(describe(sent, { unicode: terminal.unicode, table, showValue: showFigure }))
  const when =
    sent.at === undefined || sent.at === null
      ? ''
      : ` for step ${sent.at.step}${sent.at.event ? ` (${sent.at.event})` : ''}`
  const cid = terminal.dim(`  ${sent.cid}`)
  const queued = `${terminal.yellow(terminal.unicode ? '·' : '-')} ${what}: queued${when}`
  if (why === 'not-waited') terminal.out(queued + cid)
  else if (why === 'foreign') terminal.out(`${queued}; this kernel does not answer by \`cid\`, so check the log${cid}`)
  else if (why === 'timeout') terminal.err(`${queued}; no answer within ${waitMs / 1000} s${cid}`)
  else if (why === 'lost')
    terminal.err(
      `${queued}; the ranks of this run cannot be reached: the command will apply when the run is started again${cid}`,
    )
  else if (why === 'interrupted') terminal.err(`${queued}; stopped waiting${cid}`)
  else {
    const line = `${queued}; no trainer is alive: ${whatNext(sent)}${cid}`
    if (why === 'dead') terminal.err(line)
    else terminal.out(line)
  }
}

// A stop or a pause is usually meant for the trainer that was running, so the message states that the next trainer will carry it out.
function whatNext({ module, op, at = null }: Sent): string {
  const isEnding = module === 'core' && (op === 'stop' || op === 'pause') && at === null
  return isEnding ? `the next one will ${op} at its first step` : 'the next one will apply it'
}

/** Whether a line reverts nothing, or its notes already state what it reverts. */
export function isRevertTold({ reverts, notes }: LedgerLine): boolean {
  return reverts === null || (notes ?? '').split('; ').includes(`reverts seq ${reverts}`)
}

function printLine(line: LedgerLine, context: CliContext, table: ModuleTable): void {
  if (isCancelOfNothing(line)) printCancelOfNothing(line, context, table)
  else printDecision(line, context, table)
}

function printCancelOfNothing(line: LedgerLine, { terminal }: CliContext, table: ModuleTable): void {
  const what = terminal.bold(printable(describe(line, { unicode: terminal.unicode, table, showValue: showFigure })))
  const mark = terminal.yellow(terminal.unicode ? '·' : '-')
  const hint = 'list the waiting commands with `hotcb status`'
  terminal.err(`${mark} ${what}: ${printable(line.notes ?? '')}; ${hint}${terminal.dim(`  seq ${line.seq}`)}`)
}

function printDecision(line: LedgerLine, { terminal }: CliContext, table: ModuleTable): void {
  const { decision, step, seq, notes, reverts } = line
  const what = terminal.bold(printable(describe(line, { unicode: terminal.unicode, table, showValue: showFigure })))
  const place = step === null ? 'before the first step' : `at step ${step}`
  const back = isRevertTold(line) ? '' : `, reverts ${reverts}`
  const more = terminal.dim(`  seq ${seq}${back}${notes === null ? '' : `; ${printable(plainReason(notes))}`}`)
  if (decision === 'applied') terminal.out(`${terminal.green(terminal.unicode ? '✓' : 'ok')} ${what} ${place}${more}`)
  else if (isGood(line))
    terminal.out(`${terminal.dim(terminal.unicode ? '·' : '-')} ${what}: nothing to do ${place}${more}`)
  else {
    const cross = terminal.red(terminal.unicode ? '✗' : 'x')
    const reason = failureReason(line)
    const why = reason === null ? '' : `: ${printable(reason)}`
    terminal.err(`${cross} ${what}: ${decisionText(line)} ${place}${why}${more}`)
  }
}
