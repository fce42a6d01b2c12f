import {
  type Command,
  type ControlDescription,
  type Decision,
  type FreezeState,
  type HeldCommand,
  type Json,
  type LedgerLine,
  PROTOCOL_VERSION,
  type StateDocument,
} from '@hotcb/protocol'
import { finalMetrics, type Life, reasonOf } from '@hotcb/run'
import { heldCommands, type QueuedCommand, queuedCommands } from '@hotcb/run/node'
import type { Run } from '../../run.ts'
import { readControls } from '../../run.ts'
import { type LatestMetrics, readLatestMetrics } from './latest-metrics.ts'

/** Where a run stands. The keys are those of `hotcb status --json`. */
export interface RunStatus {
  readonly run_dir: string
  readonly trainer: TrainerStatus
  /** What the living trainer obeys; without one, what the next one will. */
  readonly freeze: FreezeState
  /** Asked, and neither decided nor held: the living trainer decides them at its next safe point, or the next one does. */
  readonly queued: readonly QueuedStatus[]
  readonly held: readonly HeldStatus[]
  /** By `module:id`. */
  readonly last: Readonly<Record<string, LastStatus>>
  /** False where the last lines are only those of the ledger's end: an older handle may be missing. */
  readonly last_complete: boolean
  readonly controls: readonly ControlDescription[]
  /** By module: what it says of itself. */
  readonly modules: Readonly<Record<string, Json>>
  /** The newest line of metrics. */
  readonly metrics: Pick<LatestMetrics, 'step' | 'values' | 'earlier'> | null
  /** What the trainer recorded as final when the run ended; null before, and where it recorded nothing. */
  readonly final_metrics: Readonly<Record<string, number | null>> | null
  /** What is not as it should be, one line each. */
  readonly warnings: readonly string[]
}

export interface TrainerStatus {
  /** Null where it is not known. */
  readonly alive: boolean | null
  /** Why it is not known, or how we know that it is dead; null where its silence alone says so. */
  readonly reason: string | null
  /** Another kernel serves the run: hotcb 2's, in Python. It does not say whether it is alive. */
  readonly foreign: boolean
  readonly paused: boolean
  readonly closed: boolean
  readonly step: number | null
  /** The steps of the run, numbered from 0; null where its run document does not say. */
  readonly max_steps: number | null
  readonly step_seconds: number | null
  /** How many ranks train, where there are several. */
  readonly ranks: number | null
  readonly kernel: StateDocument['kernel'] | null
  /** Seconds since its last sign of life, at least; null where there never was one. */
  readonly age_seconds: number | null
}

/** A command that nobody has decided. */
export interface QueuedStatus {
  readonly cid: string | null
  /** When it was asked, in epoch seconds; null where it does not say. */
  readonly ts: number | null
  readonly author: string | null
  readonly at: Command['at']
  readonly command: HeldStatus['command']
}

/** A command that waits, and what it asks for, where its file still has it. */
export interface HeldStatus extends HeldCommand {
  readonly command: Pick<Command, 'module' | 'op' | 'id' | 'params' | 'note'> | null
}

/** The last line about one handle; what it changed is known where the line is near the ledger's end. */
export interface LastStatus {
  readonly seq: number
  readonly op: string
  readonly step: number | null
  readonly decision: Decision
  readonly line: LedgerLine | null
}

/**
 * Reads where a run stands: the state document, and the ledger only from its end, however long it is.
 *
 * @throws CommandError when a file that is there cannot be read.
 */
export function readStatus(run: Run): RunStatus {
  const life = run.life()
  const freeze = run.freeze()
  const { last, isComplete } = lastOf(run, life.state)
  const metrics = readLatestMetrics(run)
  const about = run.document('run').value
  return {
    run_dir: run.dir,
    trainer: trainerOf(life, metrics, about?.max_steps ?? null, run.isForeign()),
    freeze: (freeze.trouble === undefined ? undefined : obeyedBy(life)) ?? freeze.state,
    queued: queuedCommands(run).map(queuedStatus),
    held: heldOf(run, life.state),
    last,
    last_complete: isComplete,
    controls: readControls(run),
    modules: life.state?.modules ?? {},
    metrics: metrics === null ? null : { step: metrics.step, values: metrics.values, earlier: metrics.earlier },
    final_metrics: life.verdict === 'alive' ? null : finalMetrics(about),
    warnings: warningsOf(life, freeze.trouble),
  }
}

/** Whether a trainer is alive; null where that is not known. */
export function aliveOf({ verdict }: Life): boolean | null {
  return verdict === 'unknown' ? null : verdict === 'alive'
}

// A living trainer keeps to what it read last.
function obeyedBy({ verdict, state }: Life): FreezeState | undefined {
  return verdict === 'alive' ? state?.freeze : undefined
}

function queuedStatus({ command: { cid, ts, author, at, module, op, id, params, note } }: QueuedCommand): QueuedStatus {
  return { cid, ts, author, at, command: { module, op, id, params, note } }
}

function trainerOf(
  life: Life,
  metrics: LatestMetrics | null,
  maxSteps: number | null,
  foreign: boolean,
): TrainerStatus {
  const { state, writtenMs } = life
  // The state document is written once a second; metrics that came after it know better.
  const isNewer = metrics !== null && metrics.modifiedMs >= (writtenMs ?? 0)
  return {
    alive: aliveOf(life),
    reason: reasonOf(life),
    foreign: foreign && life.verdict !== 'alive',
    paused: state?.paused === true,
    closed: state?.closed === true,
    step: isNewer ? metrics.step : (state?.step ?? null),
    max_steps: maxSteps,
    step_seconds: state?.step_seconds ?? null,
    ranks: state?.ranks?.world_size ?? null,
    kernel: state?.kernel ?? null,
    age_seconds: writtenMs === null ? null : (life.ageSeconds ?? Math.max(0, Date.now() - writtenMs) / 1000),
  }
}

function heldOf(run: Run, state: StateDocument | undefined): readonly HeldStatus[] {
  return heldCommands(run, state).map(({ held, command }) => {
    const shown = withoutEvent(held)
    if (command === null) return { ...shown, command: null }
    const { module, op, id, params, note } = command
    return { ...shown, command: { module, op, id, params, note } }
  })
}

function withoutEvent({ at, ...held }: HeldCommand): HeldCommand {
  return { ...held, at: at.event == null ? { step: at.step } : at }
}

interface LastLines {
  readonly last: Readonly<Record<string, LastStatus>>
  readonly isComplete: boolean
}

// The state document is at most a second old; the ledger's end has what came since, and what the lines changed.
function lastOf(run: Run, state: StateDocument | undefined): LastLines {
  const last: Record<string, LastStatus> = {}
  for (const [handle, line] of Object.entries(state?.last ?? {})) {
    if (line.op !== 'attempt') last[handle] = { ...line, line: null }
  }
  const tail = run.last('ledger', TAIL_LINES)
  for (const { value: line } of tail) {
    const { module, id, seq, op, step, decision } = line
    if (op === 'attempt' && module === 'core') continue
    const handle = `${module}:${id}`
    const known = last[handle]
    if (known === undefined || seq >= known.seq) last[handle] = { seq, op, step, decision, line }
  }
  const tailStart = tail[0]?.offset ?? 0
  const described = state?.ledger_bytes ?? 0
  return { last, isComplete: tailStart === 0 || (state !== undefined && described >= tailStart) }
}

const TAIL_LINES = 100

function warningsOf(life: Life, freezeTrouble: string | undefined): readonly string[] {
  const { state, trouble } = life
  const obeyed = obeyedBy(life)
  const warnings: string[] = []
  if (trouble !== undefined) warnings.push(trouble)
  if (freezeTrouble !== undefined) {
    warnings.push(
      `${freezeTrouble}: ${obeyed === undefined ? 'a' : `the living trainer still obeys \`${obeyed.mode}\`, a`} trainer that starts now takes it as \`prod\`; \`hotcb freeze\` or \`hotcb unfreeze\` repairs it`,
    )
  }
  const lost = state?.closed === true ? null : (state?.ranks?.lost ?? null)
  if (lost !== null) {
    warnings.push(
      `the ranks cannot be reached, no more commands are taken: ${lost}; what is asked waits for the next start`,
    )
  }
  const degraded = state?.closed === true ? null : (state?.degraded ?? null)
  if (degraded !== null) warnings.push(`no changes are taken: ${degraded}`)
  if (state !== undefined && state.protocol > PROTOCOL_VERSION) {
    warnings.push(
      `this run speaks protocol ${state.protocol}, this hotcb only ${PROTOCOL_VERSION}: some of it may be misread`,
    )
  }
  return warnings
}
