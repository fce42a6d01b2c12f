import { planEvents } from '../adopt/adopt.ts'
import type { SweepConfig } from '../config/config.ts'
import type { Executor, Observation } from '../executor/executor.ts'
import type { SweepEvent } from '../journal/event.ts'
import type { Fold } from '../journal/fold.ts'
import { isHeldInPlan, isPending, type SweepTrialState, trialState } from '../journal/trial-state.ts'
import type { Reconciled } from '../plan/reconcile.ts'
import { matchesPins, readIndices, readPins } from '../plan/select.ts'
import { parameterNames, stageOf } from '../plan/stages.ts'
import { type SweepTrial, trialValues } from '../plan/trial.ts'
import { crashPoint } from './crash-point.ts'
import { executorOf } from './executors.ts'
import { hasProgram } from './has-program.ts'
import type { JournalWriter } from './journal.ts'
import { followParents, planNative } from './native-stages.ts'
import { observeAll, validRows } from './observe.ts'
import { type StageProgress, stagesNow } from './parts.ts'
import { type PlanNow, planNow } from './plan-now.ts'
import { takeEvents } from './propose-trials.ts'
import { type RunOptions, withOptions } from './run-options.ts'
import { setResultsAside } from './set-aside.ts'
import { previewChunk, recoverSubmissions, type Submitted, submitWaiting } from './submit.ts'
import { SweepError } from './sweep-error.ts'
import { writeClients } from './trial/write-clients.ts'
import { exportViews } from './views.ts'
import { checkLauncher, type LoadedConfig, loadConfig, lookOnly, underClaim, type Workspace } from './workspace.ts'

/** The result of `run`, or the preview of a dry run. */
export interface RunOutcome {
  readonly config: SweepConfig
  /** The indices of the trials that should run. */
  readonly called: readonly number[]
  readonly trials: readonly { readonly trial: SweepTrial; readonly state: SweepTrialState }[]
  readonly changes: Pick<Reconciled, 'added' | 'dropped' | 'held' | 'revived'>
  readonly warnings: readonly string[]
  /** The submissions that a scheduler accepted; null if a driver starts the trials, and after a dry run. */
  readonly submitted: Submitted | null
  /** The batch script that a dry run shows; null if there is none. */
  readonly script: string | null
  /** The folders that the results of earlier attempts were moved to. */
  readonly setAside: readonly string[]
  /** The stages that choose their parents later. */
  readonly later: readonly StageProgress[]
  /** The requested stages; null for all. */
  readonly asked: readonly string[] | null
}

/**
 * Updates the trials to match the config, and requests the ones that should run. If there is a scheduler, they are submitted.
 *
 * @throws SweepError `config` for problems in the YAML; `refused` if a trial with results would be dropped or if nothing matches.
 */
export async function runSweep(workspace: Workspace, options: RunOptions = {}): Promise<RunOutcome> {
  const loaded = withOptions(loadConfig(workspace.paths), options)
  const { config } = loaded
  checkLauncher(workspace.paths, config)
  const executor = executorOf(workspace, config)
  workspace.journal.refresh()
  const { rows } = await observeAll(options.dryRun === true ? lookOnly(workspace) : workspace, config)
  if (options.dryRun === true) {
    const { fold } = workspace.journal
    workspace.journal.show(rows)
    const decided = decide(workspace, fold, loaded, options)
    const script = scriptFor(workspace, config, executor, decided)
    return { ...outcomeOf(fold, loaded, decided), script }
  }
  requireProgram(config)
  return underClaim(workspace, 'run', async (writer) => {
    const valid = validRows(writer.fold, rows)
    if (valid.length > 0) writer.append({ type: 'seen', rows: valid })
    if (options.act !== undefined && writer.fold.acts.has(options.act)) {
      // The earlier program was killed before the scheduler received the trials, or before the program received the answer.
      const submitted = executor.needsDriver ? null : await submit(workspace, config, executor, writer)
      return { ...doneBefore(workspace, loaded, options.act), submitted }
    }
    const decided = decide(workspace, writer.fold, loaded, options)
    const setAside = options.fresh === true ? setStartedAside(workspace, decided.called) : []
    record(writer, loaded, decided, options)
    const children = planNative(workspace, config, writer)
    followParents(config, writer)
    writeClients(workspace.paths)
    const submitted = executor.needsDriver ? null : await submit(workspace, config, executor, writer)
    const planned = children.length === 0 ? decided : withChildren(workspace, config, decided, children)
    return { ...outcomeOf(writer.fold, loaded, planned), submitted, setAside }
  })
}

/** Returns the outcome of an act that a program has already carried out. The act is not repeated. */
function doneBefore(workspace: Workspace, loaded: LoadedConfig, act: string): RunOutcome {
  const { fold } = workspace.journal
  const decided = decide(workspace, fold, loaded, { force: true })
  return { ...outcomeOf(fold, loaded, { ...decided, called: [] }), warnings: [`\`${act}\` has already been done`] }
}

/** Returns the decisions, including the trials of stages that SLURM starts. */
function withChildren(
  workspace: Workspace,
  config: SweepConfig,
  decided: Decided,
  children: readonly number[],
): Decided {
  const { changes, called } = decided
  const trials = children.flatMap((i) => workspace.journal.fold.trials.get(i)?.trial ?? [])
  return {
    ...decided,
    changes: { ...changes, added: [...changes.added, ...trials] },
    called: [...called, ...children],
    stages: stagesNow(workspace, config),
  }
}

function setStartedAside(workspace: Workspace, called: readonly number[]): readonly string[] {
  const { trials } = workspace.journal.fold
  const started = called.filter((i) => (trials.get(i)?.attempts.length ?? 0) > 0)
  return started.flatMap((i) => setResultsAside(workspace, i))
}

export function requireProgram({ executor, slurm }: SweepConfig): void {
  if (executor === 'local' || (executor === 'slurm' && slurm?.ssh != null)) return
  const program = executor === 'slurm' ? 'sbatch' : 'qsub'
  if (!hasProgram(program)) {
    throw new SweepError(
      'refused',
      `\`${program}\` is not installed here; use \`--executor local\` to run the sweep on this machine`,
    )
  }
}

export async function submit(
  workspace: Workspace,
  config: SweepConfig,
  executor: Executor,
  writer: JournalWriter,
): Promise<Submitted> {
  const submission = { workspace, config, executor, writer, by: writer.who }
  await recoverSubmissions(submission)
  // HyperHerd's `log_result` requires the manifest to exist when a trial starts.
  exportViews(workspace, writer)
  return submitWaiting(submission)
}

function scriptFor(
  workspace: Workspace,
  config: SweepConfig,
  executor: Executor,
  { changes, called }: Decided,
): string | null {
  if (executor.script === undefined || called.length === 0) return null
  const wanted = new Set(called)
  const { kept, revived, added } = changes
  const trials = [...kept, ...revived, ...added].filter(({ i }) => wanted.has(i)).sort((a, b) => a.i - b.i)
  const attemptsOf = (i: number): number => workspace.journal.fold.trials.get(i)?.attempts.at(-1)?.n ?? 0
  return executor.script(previewChunk(workspace, config, trials, attemptsOf))
}

/** Returns the config's trials with their states, for `ls`. Writes nothing. */
export async function plannedTrials(workspace: Workspace): Promise<RunOutcome & Pick<Observation, 'silent'>> {
  const loaded = loadConfig(workspace.paths)
  const { journal } = workspace
  journal.refresh()
  const { rows, silent } = await observeAll(lookOnly(workspace), loaded.config)
  journal.show(rows)
  return { ...outcomeOf(journal.fold, loaded, decide(workspace, journal.fold, loaded, { force: true })), silent }
}

interface Decided extends PlanNow {
  readonly called: readonly number[]
  readonly asked: readonly string[] | null
}

function decide(workspace: Workspace, fold: Fold, loaded: LoadedConfig, options: RunOptions): Decided {
  const { config } = loaded
  const plan = planNow(workspace, config, options.stages ?? null)
  const { changes } = plan
  refuseHeld(
    changes.held.filter((trial) => fold.trials.get(trial.i)?.isOrphan !== true),
    options,
    config,
    fold,
  )
  const called = select(fold, config, changes, options)
  refuseEmptyStages(plan, config, options)
  return { ...plan, called, asked: options.stages ?? null }
}

/** Rejects `run --stage` for stages that have no trials yet. */
function refuseEmptyStages({ changes, stages }: PlanNow, config: SweepConfig, { stages: asked }: RunOptions): void {
  if (asked === undefined) return
  const { kept, revived, added } = changes
  const has = (name: string): boolean =>
    [...kept, ...revived, ...added].some((trial) => stageOf(config, trial) === name)
  const [first] = asked
  if (first === undefined || asked.some(has)) return
  const { waitsFor = [], stage } = stages.find((one) => one.stage.name === first) ?? {}
  const waits =
    waitsFor.length === 0
      ? `no trial of \`${stage?.after}\` has run`
      : `it waits for trial ${waitsFor.map(({ trial }) => trial.i).join(', ')} of \`${stage?.after}\``
  throw new SweepError(
    'refused',
    `stage \`${first}\` has no trials yet: ${waits}; use \`herd run --stage ${stage?.after},${first}\` to run both`,
  )
}

const MOST_NAMED = 5

function refuseHeld(
  held: readonly SweepTrial[],
  { force = false }: RunOptions,
  { stages }: SweepConfig,
  fold: Fold,
): void {
  const known = stages.map(({ name }) => name)
  if (held.length === 0 || force) return
  const named = held.slice(0, MOST_NAMED).map(({ i, name }) => {
    const record = fold.trials.get(i)
    return `${i} ${name} (${record === undefined ? '' : trialState(record)})`
  })
  const more = held.length > MOST_NAMED ? ` and ${held.length - MOST_NAMED} more` : ''
  const gone = held.map(({ stage }) => stage).find((stage) => stage !== undefined && !known.includes(stage))
  const why =
    gone === undefined ? '' : `stage \`${gone}\` is no longer in the config (a renamed stage counts as a new one): `
  const remedy = gone === undefined ? '' : `name it \`${gone}\` again, or `
  throw new SweepError(
    'refused',
    `${why}the config no longer contains ${held.length} trial(s) that are running or have results: ${named.join(', ')}${more}; ${remedy}use \`--force\` to keep them as orphans`,
  )
}

function select(
  fold: Fold,
  config: SweepConfig,
  { added, kept, revived }: Reconciled,
  { indices, pins = [], force = false, stages }: RunOptions,
): readonly number[] {
  const wanted = indices === undefined ? undefined : requireOk(readIndices(indices))
  const filters = requireOk(readPins(pins, parameterNames(config)))
  const isAsked = (trial: SweepTrial): boolean => stages === undefined || stages.includes(stageOf(config, trial) ?? '')
  const all = [...kept, ...revived, ...added].filter(isAsked).sort((a, b) => a.i - b.i)
  const stateAt = (i: number): SweepTrialState => {
    const record = fold.trials.get(i)
    return record === undefined ? 'ready' : trialState(record)
  }
  const chosen =
    wanted === undefined ? all.filter(({ i }) => isPending(stateAt(i))) : named(all, wanted, stateAt, force)
  const matching = chosen.filter((trial) => matchesPins(trialValues(trial), filters))
  if (matching.length === 0 && filters.length > 0) {
    const fits = all.filter((trial) => matchesPins(trialValues(trial), filters)).length
    throw new SweepError('refused', `no runnable trial matches --pin ${pins.join(' ')}; ${fits} match in any state`)
  }
  return matching.map(({ i }) => i)
}

function named(
  all: readonly SweepTrial[],
  wanted: readonly number[],
  stateAt: (i: number) => SweepTrialState,
  force: boolean,
): readonly SweepTrial[] {
  const byIndex = new Map(all.map((trial) => [trial.i, trial]))
  const unknown = wanted.filter((i) => !byIndex.has(i))
  if (unknown.length > 0) {
    throw new SweepError('refused', `no trial ${unknown.join(', ')}; the sweep has ${all.length} trials`)
  }
  const isBlocked = (state: SweepTrialState): boolean => isHeldInPlan(state) && state !== 'paused'
  const blocked = wanted.filter((i) => isBlocked(stateAt(i)))
  if (blocked.length > 0 && !force) {
    const shown = blocked.map((i) => `${i} (${stateAt(i)})`).join(', ')
    throw new SweepError('refused', `trial ${shown} is already submitted; use \`--force\` to run it again`)
  }
  const live = wanted.find((i) => isBlocked(stateAt(i)) && stateAt(i) !== 'completed')
  if (live !== undefined) {
    throw new SweepError('refused', `trial ${live} is ${stateAt(live)}; stop it first with \`herd stop ${live}\``)
  }
  return wanted.flatMap((i) => byIndex.get(i) ?? [])
}

function requireOk<Value>(
  outcome: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string },
): Value {
  if (outcome.ok) return outcome.value
  throw new SweepError('refused', outcome.message)
}

function record(
  writer: JournalWriter,
  { text, sha256, config }: LoadedConfig,
  { changes, called, parts }: Decided,
  { maxConcurrent, mem, time, stages, act }: RunOptions,
): void {
  const { added, dropped, held, revived } = changes
  const next = {
    type: 'config',
    sha256,
    text,
    executor: config.executor,
    ...(maxConcurrent !== undefined && { max_concurrent: maxConcurrent }),
    ...(mem !== undefined && { mem }),
    ...(time !== undefined && { time }),
    ...(stages !== undefined && { stages }),
  } as const
  if (!isInForce(writer.fold.config, next)) writer.append(next)
  const { decisions } = writer.fold
  const taken = takeEvents(parts).filter((event) => event.type === 'decide' && !decisions.has(event.key))
  for (const event of [...planEvents(added), ...taken]) writer.append(event)
  crashPoint('planned')
  const orphans = held.filter(({ i }) => writer.fold.trials.get(i)?.isOrphan !== true)
  for (const [type, trials] of [
    ['drop', dropped],
    ['orphan', orphans],
    ['revive', revived],
  ] as const) {
    if (trials.length > 0) writer.append({ type, trials: trials.map(({ i }) => i) })
  }
  if (called.length > 0) writer.append({ type: 'call', trials: called, ...(act !== undefined && { act }) })
  crashPoint('called')
}

function isInForce(inForce: Fold['config'], next: Extract<SweepEvent, { type: 'config' }>): boolean {
  if (inForce === null || inForce.sha256 !== next.sha256 || inForce.executor !== next.executor) return false
  const { max_concurrent: maxConcurrent = null, mem = null, time = null, stages = [] } = next
  if ((inForce.stages ?? []).join(' ') !== stages.join(' ')) return false
  return inForce.maxConcurrent === maxConcurrent && inForce.mem === mem && inForce.time === time
}

function outcomeOf(fold: Fold, { config, warnings }: LoadedConfig, decided: Decided): RunOutcome {
  const { changes, called, stages, asked } = decided
  const { kept, revived, added, held } = changes
  const trials = [...kept, ...revived, ...added, ...held]
    .sort((a, b) => a.i - b.i)
    .map((trial) => {
      const record = fold.trials.get(trial.i)
      return { trial, state: record === undefined || record.isDropped ? ('ready' as const) : trialState(record) }
    })
  const later = stages.filter(
    ({ stage, isSettled, unplanned }) => !isSettled || (unplanned > 0 && asked?.includes(stage.name) === false),
  )
  const notes = [...warnings, ...oldChildren(fold, called)]
  return { config, called, trials, changes, warnings: notes, submitted: null, script: null, setAside: [], later, asked }
}

/** Describes trials that will be rerun although other trials have continued them. */
function oldChildren({ trials }: Fold, called: readonly number[]): readonly string[] {
  const children = new Map<number, number[]>()
  for (const { trial, attempts } of trials.values()) {
    if (trial.parent === undefined || attempts.length === 0) continue
    children.set(trial.parent, [...(children.get(trial.parent) ?? []), trial.i])
  }
  if (children.size === 0) return []
  return called.flatMap((i) => {
    const names = children.get(i)?.join(',')
    if (names === undefined) return []
    return [
      `trial ${i} runs again: trials ${names} continue its earlier results; use \`herd run -i ${names} -f\` to run them again`,
    ]
  })
}
