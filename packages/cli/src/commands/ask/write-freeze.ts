import { statSync } from 'node:fs'
import { type FreezeState, type LedgerLine, sameFreeze } from '@hotcb/protocol'
import type { Liveness } from '@hotcb/run'
import { refuseNewerProtocol, type WaitEnd } from '@hotcb/run/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { Terminal } from '../../print/terminal.ts'
import type { Run } from '../../run.ts'
import { untilAborted } from '../../until-aborted.ts'
import { aliveOf } from '../look/read-status.ts'
import { senderOf } from './send.ts'

interface Frozen {
  readonly was: string
  readonly changed: boolean
  /** The kernel's answer; undefined if none was awaited or none arrived. */
  readonly line?: LedgerLine
  readonly end?: WaitEnd
  /** Whether the run is trained by hotcb 2 in Python, which applies the freeze without confirming it. */
  readonly isForeign: boolean
}

/**
 * Writes the freeze document directly, so that the command works without a trainer and with any kernel. Then waits until
 * the trainer, if there is one, has read it.
 *
 * @param waitS The value of `--wait` in seconds; 0 for `--no-wait`, undefined if the flag was not given.
 */
export async function writeFreeze(
  context: CliContext,
  asked: FreezeState,
  waitS: number | undefined,
  run: Run,
): Promise<ExitCode> {
  const state = { ...asked, author: senderOf(context).author }
  const life = run.life()
  refuseNewerProtocol(run)
  const before = run.freeze()
  const was = before.trouble === undefined ? before.state.mode : 'unreadable'
  const changed = before.trouble !== undefined || !sameFreeze(before.state, state)
  const from = statSync(run.path('ledger'), { throwIfNoEntry: false })?.size ?? 0
  // Ctrl-C must not hide that the document was written, so it is caught before.
  const waited = await untilAborted(async (signal) => {
    if (!changed) return {}
    run.writeFreeze(state)
    return waitForTrainer(run, life, { from, waitS, context, signal })
  })
  const frozen: Frozen = { was, changed, ...waited, isForeign: life.verdict !== 'alive' && run.isForeign() }
  print(frozen, state, life, context)
  return exitCodeOf(frozen, waitS, life)
}

interface Waiting {
  readonly from: number
  readonly waitS: number | undefined
  readonly context: CliContext
  readonly signal: AbortSignal
}

async function waitForTrainer(
  run: Run,
  life: Liveness,
  { from, waitS, context, signal }: Waiting,
): Promise<Partial<Frozen>> {
  const seconds = waitS ?? (context.terminal.isTerminal ? 10 : 0)
  if (seconds === 0 || life.verdict === 'dead' || run.isForeign()) return {}
  const wanted = {
    count: 1,
    marks: ['"freeze"'],
    isAnswer: ({ module, op, cid }: LedgerLine) => module === 'core' && op === 'freeze' && cid === null,
  }
  const { end, lines } = await run.waitFor(wanted, { from, timeoutMs: seconds * 1000, signal })
  const [line] = lines
  return line === undefined ? { end } : { end, line }
}

function exitCodeOf({ changed, line, end, isForeign }: Frozen, waitS: number | undefined, life: Liveness): ExitCode {
  if (line !== undefined) return line.decision === 'applied' ? EXIT.done : EXIT.refused
  if (end === 'aborted') return EXIT.interrupted
  // The document is written either way. A missing confirmation is a failure only if `--wait` requested it.
  const asked = (waitS ?? 0) > 0
  return changed && asked && !isForeign && (end !== undefined || life.verdict === 'dead') ? EXIT.noAnswer : EXIT.done
}

function print(frozen: Frozen, state: FreezeState, life: Liveness, { terminal, json }: CliContext): void {
  const { was, changed, line } = frozen
  if (json) {
    const answer =
      line === undefined ? {} : { decision: line.decision, step: line.step, seq: line.seq, error: line.error }
    terminal.json({ freeze: state, was, changed, trainer_alive: aliveOf(life), ...answer })
  } else if (!changed) terminal.out(`${terminal.bold(`freeze ${state.mode}`)} is already set`)
  else if (line?.decision === 'failed') {
    terminal.err(`${terminal.red(terminal.unicode ? '✗' : 'x')} freeze ${state.mode}: failed: ${line.error ?? ''}`)
  } else {
    const change = terminal.bold(`${was} ${terminal.unicode ? '→' : '->'} ${state.mode}`)
    const rest = inForce(frozen, life, terminal)
    terminal.out(`${terminal.green(terminal.unicode ? '✓' : 'ok')} freeze ${change}${rest}`)
  }
}

function inForce({ line, end, isForeign }: Frozen, life: Liveness, terminal: Terminal): string {
  if (line !== undefined) {
    const place = line.step === null ? 'before the first step' : `at step ${line.step}`
    return `, in effect ${place}${terminal.dim(`  seq ${line.seq}`)}`
  }
  if (end !== undefined) return ', written; the trainer has not confirmed it yet'
  if (isForeign) return '; this kernel applies it at its next check, without confirming it'
  return life.verdict === 'dead' ? '; no trainer is alive; the next one will apply it' : ''
}
