import {
  type Command,
  type ControlDescription,
  type Decision,
  type FreezeState,
  type HeldCommand,
  type Json,
  type LedgerLine,
  PROTOCOL_VERSION,
  type RunOrigin,
  type StateDocument,
} from '@hotcb/protocol'
import { finalMetrics, type Liveness, livenessReason } from '@hotcb/run'
import { heldCommands, type QueuedCommand, queuedCommands } from '@hotcb/run/node'
import type { Run } from '../../run.ts'
import { readControls } from '../../run.ts'
import { type LatestMetrics, readLatestMetrics } from './latest-metrics.ts'

/** The status of a run. The keys are those of `hotcb status --json`. */
export interface RunStatus {
  readonly run_dir: string
  readonly trainer: TrainerStatus
  /** The freeze that applies in the live trainer; without one, the freeze that will apply to the next trainer. */
  readonly freeze: FreezeState
  /**
   * Commands that have no answer in the ledger yet and are not waiting for a step. The live trainer, or else the next one,
   * answers them at its next safe point.
   */
  readonly queued: readonly QueuedStatus[]
  readonly held: readonly HeldStatus[]
  /** Keyed by `module:id`. */
  readonly last: Readonly<Record<string, LastStatus>>
  /** False if only the end of the ledger was read, so that an older `module:id` may be missing from `last`. */
  readonly last_complete: boolean
  readonly controls: readonly ControlDescription[]
  /** The status that each module reports, keyed by module. */
  readonly modules: Readonly<Record<string, Json>>
  /** The latest line of metrics. */
  readonly metrics: Pick<LatestMetrics, 'step' | 'values' | 'earlier'> | null
  /** The final metrics that the trainer recorded when the run ended; null before the end, or if it recorded none. */
  readonly final_metrics: Readonly<Record<string, number | null>> | null
  /** How the run was started, if its launcher or trainer recorded it. */
  readonly origin: RunOrigin | null
  /** Problems with the run, one line each. */
  readonly warnings: readonly string[]
}

export interface TrainerStatus {
  /** Whether the trainer is alive; null if that is not known. */
  readonly alive: boolean | null
  /**
   * Why that is not known, or the evidence that the trainer is dead; null if the only evidence is that it has stopped writing.
   */
  readonly reason: string | null
  /** Whether the run uses a foreign kernel: hotcb 2 in Python, which does not report whether it is alive. */
  readonly foreign: boolean
  readonly paused: boolean
  readonly closed: boolean
  readonly step: number | null
  /** The run's number of steps; null if its run document does not contain it. */
  readonly max_steps: number | null
  readonly step_seconds: number | null
  /** The number of ranks; null if there is only one. */
  readonly ranks: number | null
  readonly kernel: StateDocument['kernel'] | null
  /** Seconds since its last sign of life, as a lower bound; null if there never was one. */
  readonly age_seconds: number | null
}

/** A command that the trainer has not answered yet. */
export interface QueuedStatus {
  readonly cid: string | null
  /** When it was sent, in epoch seconds; null if the command has no time. */
  readonly ts: number | null
  readonly author: string | null
  readonly at: Command['at']
  readonly command: HeldStatus['command']
}

/** A command that is waiting for its step, with its contents if the command file still has them. */
export interface HeldStatus extends HeldCommand {
  readonly command: Pick<Command, 'module' | 'op' | 'id' | 'params' | 'note'> | null
}

/** The last ledger line about one `module:id`. The change is known only if the line is near the end of the ledger. */
export interface LastStatus {
  readonly seq: number
  readonly op: string
  readonly step: number | null
  readonly decision: Decision
  readonly line: LedgerLine | null
}

/**
 * Reads the status of a run from the state document and the end of the ledger, so a long ledger does not slow it down.
 *
 * @throws CommandError when an existing file cannot be read.
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
    origin: about?.origin ?? null,
    warnings: warningsOf(life, freeze.trouble),
  }
}

/** Whether a trainer is alive; null if that is not known. */
export function aliveOf({ verdict }: Liveness): boolean | null {
  return verdict === 'unknown' ? null : verdict === 'alive'
}

// A live trainer applies the freeze that it read last.
function obeyedBy({ verdict, state }: Liveness): FreezeState | undefined {
  return verdict === 'alive' ? state?.freeze : undefined
}

function queuedStatus({ command: { cid, ts, author, at, module, op, id, params, note } }: QueuedCommand): QueuedStatus {
  return { cid, ts, author, at, command: { module, op, id, params, note } }
}

function trainerOf(
  life: Liveness,
  metrics: LatestMetrics | null,
  maxSteps: number | null,
  foreign: boolean,
): TrainerStatus {
  const { state, writtenMs } = life
  // The state document is written once a second, so metrics may be newer than it.
  const isNewer = metrics !== null && metrics.modifiedMs >= (writtenMs ?? 0)
  return {
    alive: aliveOf(life),
    reason: livenessReason(life),
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

// The state document is up to a second old. The end of the ledger contains the lines written since then, with their changes.
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

function warningsOf(life: Liveness, freezeTrouble: string | undefined): readonly string[] {
  const { state, trouble } = life
  const obeyed = obeyedBy(life)
  const warnings: string[] = []
  if (trouble !== undefined) warnings.push(trouble)
  if (freezeTrouble !== undefined) {
    warnings.push(
      `${freezeTrouble}: ${obeyed === undefined ? 'a' : `the live trainer still applies \`${obeyed.mode}\`, but a`} trainer that starts now would apply \`prod\`; repair it with \`hotcb freeze\` or \`hotcb unfreeze\``,
    )
  }
  const lost = state?.closed === true ? null : (state?.ranks?.lost ?? null)
  if (lost !== null) {
    warnings.push(
      `the ranks cannot be reached and no more commands are accepted: ${lost}; new commands will wait for the next start`,
    )
  }
  const degraded = state?.closed === true ? null : (state?.degraded ?? null)
  if (degraded !== null) warnings.push(`no changes are accepted: ${degraded}`)
  if (state !== undefined && state.protocol > PROTOCOL_VERSION) {
    warnings.push(
      `this run uses protocol ${state.protocol}, but this hotcb only supports ${PROTOCOL_VERSION}: some values may be misread`,
    )
  }
  return warnings
}
