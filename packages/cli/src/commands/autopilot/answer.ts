import { type ActionRecord, answerText } from '@hotcb/autopilot'
import {
  type AnswerOutcome,
  answerDecided,
  approve,
  findAction,
  reject,
  type WrittenAnswer,
} from '@hotcb/autopilot/node'
import { readWait, refusal, WAIT_FLAG } from '@hotcb/commands'
import { printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRun, type Run } from '../../run.ts'
import { untilAborted } from '../../until-aborted.ts'
import { senderOf } from '../ask/send.ts'
import { showAction } from './show-action.ts'

const ID = {
  type: 'positional',
  valueHint: 'ID',
  description: 'The proposal, as `hotcb autopilot proposals` shows it.',
  isNamed: true,
} as const
const NOTE = { type: 'string', valueHint: 'TEXT', description: 'The reason, which the ledger records.' } as const

/** `hotcb autopilot approve ID`. */
export const autopilotApproveCommand: CliCommand = cliCommand({
  args: {
    id: ID,
    anyway: {
      type: 'boolean',
      description: 'Approve even though the run is frozen; the kernel then closes the proposal.',
    },
    note: NOTE,
    wait: WAIT_FLAG,
  },
  about: [
    'Approving sends the proposed command. The autopilot does not need to be running, and approving twice has no further effect. The kernel applies the command only if each control still has the value on which the proposal is based, and only before the proposal expires.',
    'Exit code 0: applied. 1: refused, failed, or already answered by someone else. 3: sent, but no trainer has answered.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot approve a1-3', does: 'send the proposed command' },
    { type: 'hotcb autopilot approve a1-3 --note "looks right"', does: 'give a reason' },
  ],
  run(args, context) {
    const options = { ...optionsOf(args.note, context), anyway: args.anyway ?? false }
    const run = openRun(context.dir)
    return follow(run, () => approve(run, args.id, options), readWait(args), context)
  },
})

/** `hotcb autopilot reject ID`. */
export const autopilotRejectCommand: CliCommand = cliCommand({
  args: { id: ID, note: NOTE, wait: WAIT_FLAG },
  about: ['Rejecting closes the proposal in the ledger. A later approval has no effect.'],
  examples: [
    { type: 'hotcb --dir runs/exp-001 autopilot reject a1-3', does: 'close it' },
    { type: 'hotcb autopilot reject a1-3 --note "wait for the next epoch"', does: 'give a reason' },
  ],
  run(args, context) {
    const run = openRun(context.dir)
    return follow(run, () => reject(run, args.id, optionsOf(args.note, context)), readWait(args), context)
  },
})

function optionsOf(note: string | undefined, context: CliContext): Parameters<typeof reject>[2] {
  const { source, author } = senderOf(context)
  return { source, author: author ?? null, ...(note !== undefined && { note }) }
}

/** Waits for the kernel's decision if requested, prints it, and returns the exit code. */
async function follow(
  run: Run,
  answerNow: () => AnswerOutcome,
  waitS: number | undefined,
  context: CliContext,
): Promise<ExitCode> {
  const timeoutMs = (waitS ?? (context.terminal.isTerminal ? DEFAULT_WAIT_S : 0)) * 1000
  // Ctrl-C must not hide an answer that has been written, so it is caught before.
  return untilAborted(async (signal) => {
    const outcome = answerNow()
    if (!outcome.ok) throw refusal(printable(outcome.reason), hintOf(outcome.code))
    const { answer } = outcome
    const isDead = run.life().verdict === 'dead'
    if (isDead || timeoutMs === 0) return queued(answer, isDead ? 'dead' : 'not-waited', timeoutMs > 0, context)
    const { end } = await answerDecided(run, answer, { timeoutMs, signal })
    return end === 'answered' ? decided(run, answer, context) : queued(answer, end, true, context)
  })
}

const DEFAULT_WAIT_S = 10

function hintOf(code: Exclude<AnswerOutcome, { ok: true }>['code']): string | undefined {
  if (code === 'frozen') return 'use `--anyway` to send it anyway'
  return code === 'unknown' ? 'list them with `hotcb autopilot proposals`' : undefined
}

const WHY: Readonly<Record<string, string>> = {
  dead: 'no trainer is alive; the next one will decide',
  timeout: 'no answer yet',
  aborted: 'stopped waiting',
}

function queued(
  { action, verdict, cid }: WrittenAnswer,
  why: string,
  isWaited: boolean,
  context: CliContext,
): ExitCode {
  const { terminal, json } = context
  if (json) terminal.json({ id: action.id, verdict, cid, state: 'queued', decision: null, why })
  else {
    const more = WHY[why] === undefined ? '' : `; ${WHY[why]}`
    const line = `${terminal.yellow(terminal.unicode ? '·' : '-')} ${showAction(action, terminal)}: ${VERBS[verdict]}${more}`
    if (isWaited) terminal.err(line)
    else terminal.out(line)
  }
  if (why === 'aborted') return EXIT.interrupted
  return isWaited ? EXIT.noAnswer : EXIT.done
}

const VERBS = { approve: 'approval sent', reject: 'rejection sent' } as const

function decided(run: Run, { action, verdict, cid }: WrittenAnswer, context: CliContext): ExitCode {
  // The outcome is read from the ledger, because someone else may have answered first.
  const now = findAction(run, action.id) ?? action
  const isGood = now.state === (verdict === 'approve' ? 'applied' : 'dismissed')
  const { id, state, decision, seq, by, error } = now
  if (context.json) context.terminal.json({ id, verdict, cid, state, decision, seq, by, error })
  else printDecided(now, isGood, context.terminal)
  return isGood ? EXIT.done : EXIT.refused
}

function printDecided(action: ActionRecord, isGood: boolean, terminal: Terminal): void {
  const good = terminal.green(terminal.unicode ? '✓' : 'ok')
  const bad = terminal.red(terminal.unicode ? '✗' : 'x')
  const line = `${isGood ? good : bad} ${showAction(action, terminal)}: ${printable(answerText(action))}`
  if (isGood) terminal.out(line)
  else terminal.err(line)
}
