import { randomInt } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf, type RunDocument, type RunOrigin, TUNE_DESCRIPTOR } from '@hotcb/protocol'
import { openRun, openRunDirectory, type Run, readOrigin } from '@hotcb/run/node'
import { isLaunchError, LaunchError } from '../launch-error.ts'
import { formatOptions } from '../option-file.ts'
import { checkLaunchOptions, FIELDS, type LaunchOptions } from '../options.ts'
import { joinOptions, type LaunchPlan, planLaunch } from '../plan.ts'
import { startBeside, startRules } from './beside.ts'
import { readChanges, sendChanges } from './branch-changes.ts'
import { createEvents } from './events.ts'
import { programOf } from './find-program.ts'
import { readProcess } from './follow-process.ts'
import { branchedDocument, copyCheckpoint, findOrigin, requireStepsLeft } from './from-checkpoint.ts'
import { createHandle, type LaunchHandle } from './handle.ts'
import type { KeeperJob } from './keeper-job.ts'
import { launcherOf } from './launcher-of.ts'
import type { LaunchPorts } from './ports.ts'
import { learn, startRerun } from './rerun.ts'
import { makeRunDir } from './run-dir.ts'
import { newRunDocument, writeRun } from './run-document.ts'
import { startKeeper } from './start-keeper.ts'

/**
 * Starts a training run in its own process, with its dashboard and autopilot in this one. With `resume`, it attaches to a run that is
 * training, or continues one that is not. With `fromCheckpoint`, it starts a new run from another run's checkpoint.
 *
 * The training continues when this process exits. The handle's `wait` resolves when the training has ended.
 *
 * @throws {@link LaunchError}
 */
export async function launch(given: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  checkLaunchOptions(given)
  if (given.resume !== undefined) return resume(given.resume, given, ports)
  if (given.fromCheckpoint !== undefined) return branch(given.fromCheckpoint, given, ports)
  return start(given, ports)
}

const MOST_SEED = 2 ** 32

async function start(options: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  const plan = planLaunch(options, ports.trainings)
  const cwd = cwdOf(ports)
  const argv = programOf(plan.trained, cwd, ports.env)
  const seed = options.seed ?? randomInt(MOST_SEED)
  return inNewDir(plan, ports, async (run) => {
    const document = plan.writesRun
      ? newRunDocument(run.dir, plan, { seed, origin: originOf(argv, cwd, ports) }, new Date())
      : null
    if (document !== null) writeRun(run, document)
    return begin(run, plan, ports, { ...jobOf(run, plan, argv, seed, cwd, ports), document }, false)
  })
}

/**
 * Starts a new run from another run's checkpoint: the same training with the same seed, and with the other run's options unless they are
 * given.
 */
async function branch(text: string, given: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  const origin = findOrigin(text, cwdOf(ports))
  const { recorded, seed, cwd } = recordedStart(origin.run, origin.run.dir, ports)
  const { fromCheckpoint: _, set = [], ...changes } = given
  refuseChanges(text, changes, recorded, [...CHANGEABLE, ...OF_A_NEW_RUN])
  // Files given for the parent run are not used again, because their content may be specific to that run.
  const { notify: _notify, tune: _tune, ...kept } = recorded
  const plan = planLaunch(joinOptions(changes, kept), ports.trainings)
  requireStepsLeft(origin, plan)
  const wanted = readChanges(origin.run, set)
  const argv = programOf(plan.trained, cwd, ports.env)
  return inNewDir(plan, ports, async (run) => {
    await copyCheckpoint(origin, run)
    sendChanges(run, wanted, ports)
    const document = branchedDocument(origin, run.dir, plan, { seed, origin: originOf(argv, cwd, ports) }, new Date())
    // A training run that writes this document itself leaves `parent` and `config` unchanged.
    writeRun(run, document)
    const job = jobOf(run, plan, argv, seed, cwd, ports)
    const env = { ...job.env, HOTCB_RESUME: '1' }
    return begin(run, plan, ports, { ...job, env, document: plan.writesRun ? document : null }, false)
  })
}

/** Prepares a run directory and starts a training run there. The directory is removed if nothing was started. */
async function inNewDir(
  plan: LaunchPlan,
  ports: LaunchPorts,
  beginIn: (run: Run) => Promise<LaunchHandle>,
): Promise<LaunchHandle> {
  const cwd = cwdOf(ports)
  const { runDir, notify, tune, learnFrom } = plan.options
  const made = makeRunDir(runDir, plan.name, { cwd, runsDir: ports.runsDir })
  try {
    const run = openRunDirectory(made.dir)
    if (learnFrom !== undefined) learn(openRun(resolve(cwd, learnFrom)), run)
    if (notify !== undefined) copyNotify(resolve(cwd, notify), run)
    if (tune !== undefined) sendTune(run, tune, ports)
    return await beginIn(run)
  } catch (error) {
    made.discard()
    throw error
  }
}

function cwdOf({ cwd = process.cwd() }: LaunchPorts): string {
  return cwd
}

async function resume(dir: string, given: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  const run = openRun(resolve(cwdOf(ports), dir))
  const { recorded, seed, cwd } = recordedStart(run, dir, ports)
  const { resume: _, ...changes } = given
  refuseChanges(dir, changes, recorded, CHANGEABLE)
  const plan = planLaunch(joinOptions(changes, recorded), ports.trainings)
  const job = jobOf(run, plan, programOf(plan.trained, cwd, ports.env), seed, cwd, ports)
  const env = { ...job.env, HOTCB_RESUME: '1' }
  return begin(run, plan, ports, { ...job, env, document: plan.writesRun ? reopened(run) : null }, true)
}

interface RecordedStart {
  readonly recorded: LaunchOptions
  readonly seed: number
  /** The directory that relative paths in its program arguments refer to. */
  readonly cwd: string
}

/** Returns how a run was started. @throws {@link LaunchError} `not-launched` */
function recordedStart(run: Run, dir: string, ports: LaunchPorts): RecordedStart {
  const { options, seed, cwd } = readProcess(run)
  if (options !== null && seed !== null) return { recorded: options, seed, cwd: cwd ?? cwdOf(ports) }
  throw new LaunchError('not-launched', `\`${dir}\` was not started by \`hotcb launch\`: its program is not known`)
}

const CHANGEABLE: readonly string[] = [
  'maxSteps',
  'maxTimeSeconds',
  'stepDelaySeconds',
  'serve',
  'host',
  'port',
  'autopilot',
  'keyMetric',
  'rules',
  'aiModel',
  'aiBaseUrl',
  'aiBudget',
  'aiCadence',
  'stopSeconds',
  'killSeconds',
]

const OF_A_NEW_RUN: readonly string[] = Object.keys({ runDir: true, tune: true, notify: true, learnFrom: true })

/** Rejects a different training or seed, because both are fixed for a run and for the runs that branch from it. */
function refuseChanges(
  dir: string,
  changes: LaunchOptions,
  recorded: LaunchOptions,
  changeable: readonly string[],
): void {
  for (const { key } of FIELDS) {
    if (changeable.includes(key)) continue
    if (changes[key] === undefined || String(changes[key]) === String(recorded[key])) continue
    throw new LaunchError('bad-option', `\`${key}\` is fixed for \`${dir}\` and cannot be changed: omit it`)
  }
}

/** Returns the document of a run that is continued, if the launcher writes it. */
function reopened(run: Run): RunDocument | null {
  const { value } = run.document('run')
  if (value === undefined || value === null) return null
  return { ...value, completed_at: null, stopped_early: null, final_metrics: null }
}

/**
 * Starts everything: first the rules, so that they see the first step; then the training; then the dashboard and the notifier.
 */
async function begin(
  run: Run,
  plan: LaunchPlan,
  ports: LaunchPorts,
  job: KeeperJob,
  isResumed: boolean,
): Promise<LaunchHandle> {
  const events = createEvents()
  const note = (text: string): void => {
    events.push({ kind: 'note', text })
    ports.note?.(text)
  }
  const rules = startRules(run.dir, plan, {
    note,
    onEvents: (decided) => {
      for (const event of decided) events.push({ kind: 'autopilot', event })
    },
    isAttached: isResumed,
    cwd: cwdOf(ports),
    env: ports.env,
    beliefs: ports.beliefs,
  })
  try {
    await startOrFind(job)
  } catch (error) {
    rules?.close()
    throw error
  }
  const launcher = launcherOf({ dir: run.dir, ports }, launch)
  const beside = await startBeside(run.dir, plan, { ...ports, note }, { autopilot: rules, launcher })
  const startedAtMs = Date.now()
  const rerun = (): Promise<LaunchHandle | null> =>
    startRerun({ run, options: { ...recordedOptions(plan), seed: job.seed }, startedAtMs, ports }, launch)
  return createHandle({ run, plan, ports, job, beside, events, rerun })
}

/** Starts a keeper. If the run already has one, attaches to the run. */
async function startOrFind(job: KeeperJob): Promise<void> {
  try {
    await startKeeper(job)
  } catch (error) {
    if (isLaunchError(error) && error.code === 'held' && job.env['HOTCB_RESUME'] === '1') return
    throw error
  }
}

function originOf(command: readonly string[], cwd: string, { env = process.env }: LaunchPorts): RunOrigin {
  return readOrigin({ command, cwd, env })
}

function jobOf(
  run: Run,
  plan: LaunchPlan,
  argv: readonly string[],
  seed: number,
  cwd: string,
  { source = 'api', author }: LaunchPorts,
): Omit<KeeperJob, 'document'> {
  const { trained, maxSteps, stepDelaySeconds } = plan
  return {
    dir: run.dir,
    argv,
    env: {
      HOTCB_RUN_DIR: run.dir,
      HOTCB_CONFIG: plan.name,
      HOTCB_SEED: String(seed),
      HOTCB_RESUME: '0',
      // Otherwise Python buffers its output to a file, and the last lines are lost when the program crashes.
      PYTHONUNBUFFERED: '1',
      ...(maxSteps !== null && { HOTCB_MAX_STEPS: String(maxSteps) }),
      ...(stepDelaySeconds !== null && { HOTCB_STEP_DELAY: String(stepDelaySeconds) }),
    },
    cwd,
    options: formatOptions(recordedOptions(plan)),
    by: { source, author: author ?? null },
    seed,
    maxTimeSeconds: plan.maxTimeSeconds,
    maxSteps: trained.kind === 'command' ? maxSteps : null,
    stopSeconds: plan.stopSeconds,
    killSeconds: plan.killSeconds,
  }
}

/**
 * Returns the options that a later start of the run needs. The training is recorded by name even if it is the default, because the default
 * may change.
 */
function recordedOptions({ trained, options }: LaunchPlan): LaunchOptions {
  const { runDir: _, learnFrom: _learnFrom, ...rest } = options
  return trained.kind === 'config' ? { ...rest, config: trained.name } : rest
}

function sendTune(run: Run, mode: string, { source = 'api', author }: LaunchPorts): void {
  run.send([{ module: TUNE_DESCRIPTOR.name, op: 'enable', id: 'main', params: { mode } }], { source, author })
}

function copyNotify(file: string, run: Run): void {
  try {
    copyFileSync(file, run.path('notifyConfig'))
  } catch (error) {
    throw new LaunchError('bad-option', `cannot copy \`${file}\` into the run directory: ${messageOf(error)}`)
  }
}
