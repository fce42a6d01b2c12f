import { randomInt } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf, type RunDocument } from '@hotcb/protocol'
import { openRun, type Run, runAt } from '@hotcb/run/node'
import { isLaunchError, LaunchError } from '../launch-error.ts'
import { formatOptions } from '../option-file.ts'
import { checkLaunchOptions, FIELDS, type LaunchOptions } from '../options.ts'
import { joinOptions, type LaunchPlan, planLaunch } from '../plan.ts'
import { startBeside, startRules } from './beside.ts'
import { createEvents } from './events.ts'
import { programOf } from './find-program.ts'
import { readProcess } from './follow-process.ts'
import { createHandle, type LaunchHandle } from './handle.ts'
import type { KeeperJob } from './keeper-job.ts'
import type { LaunchPorts } from './ports.ts'
import { makeRunDir } from './run-dir.ts'
import { newRunDocument, writeRun } from './run-document.ts'
import { startKeeper } from './start-keeper.ts'

/**
 * Starts a training in a process of its own, with its dashboard and autopilot in this one; or, with `resume`, attaches to a run
 * that trains, and continues one that does not.
 *
 * The training goes on when this process ends. `wait` of the handle resolves when the training has ended.
 *
 * @throws {@link LaunchError}
 */
export async function launch(given: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  checkLaunchOptions(given)
  return given.resume === undefined ? start(given, ports) : resume(given.resume, given, ports)
}

const MOST_SEED = 2 ** 32

async function start(options: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  const plan = planLaunch(options, ports.trainings)
  const cwd = process.cwd()
  const argv = programOf(plan.trained, cwd)
  const seed = options.seed ?? randomInt(MOST_SEED)
  const made = makeRunDir(options.runDir, plan.name)
  try {
    const run = runAt(made.dir)
    if (options.notify !== undefined) copyNotify(options.notify, run)
    const document = plan.writesRun ? newRunDocument(made.dir, plan, seed, new Date()) : null
    if (document !== null) writeRun(run, document)
    if (options.tune !== undefined) sendTune(run, options.tune, ports)
    return await begin(run, plan, ports, { ...jobOf(run, plan, argv, seed, cwd), document }, false)
  } catch (error) {
    made.discard()
    throw error
  }
}

async function resume(dir: string, given: LaunchOptions, ports: LaunchPorts): Promise<LaunchHandle> {
  const run = openRun(resolve(dir))
  const story = readProcess(run)
  const { options: recorded, seed } = story
  if (recorded === null || seed === null) {
    throw new LaunchError(
      'not-launched',
      `\`${dir}\` was not started by \`hotcb launch\`, so it is not known how to go on with it`,
    )
  }
  const { resume: _, ...changes } = given
  refuseChanges(dir, changes, recorded)
  const plan = planLaunch(joinOptions(changes, recorded), ports.trainings)
  const cwd = story.cwd ?? process.cwd()
  const job = jobOf(run, plan, programOf(plan.trained, cwd), seed, cwd)
  const env = { ...job.env, HOTCB_RESUME: '1' }
  return begin(run, plan, ports, { ...job, env, document: plan.writesRun ? reopened(run) : null }, true)
}

const CHANGEABLE: readonly string[] = [
  'maxSteps',
  'maxTime',
  'stepDelay',
  'serve',
  'host',
  'port',
  'autopilot',
  'keyMetric',
  'rules',
  'aiModel',
  'aiBudget',
  'aiCadence',
  'stopSeconds',
  'killSeconds',
]

/** What makes a run what it is cannot be changed by going on with it. */
function refuseChanges(dir: string, changes: LaunchOptions, recorded: LaunchOptions): void {
  for (const { key } of FIELDS) {
    if (CHANGEABLE.includes(key)) continue
    if (changes[key] === undefined || String(changes[key]) === String(recorded[key])) continue
    throw new LaunchError('bad-option', `\`${dir}\` has its own \`${key}\`, which cannot be changed by resuming it`)
  }
}

/** The launcher's own document of a run that goes on. */
function reopened(run: Run): RunDocument | null {
  const { value } = run.document('run')
  if (value === undefined || value === null) return null
  return { ...value, completed_at: null, stopped_early: null, final_metrics: null }
}

/** Runs everything: rules first, so that they see the first step; then the training; then what shows it. */
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
  })
  try {
    await startOrFind(job)
  } catch (error) {
    rules?.close()
    throw error
  }
  const beside = await startBeside(run.dir, plan, { ...ports, note }, rules)
  return createHandle({ run, plan, ports, job, beside, events })
}

/** A run that a keeper keeps already is attached to. */
async function startOrFind(job: KeeperJob): Promise<void> {
  try {
    await startKeeper(job)
  } catch (error) {
    if (isLaunchError(error) && error.code === 'held' && job.env['HOTCB_RESUME'] === '1') return
    throw error
  }
}

function jobOf(
  run: Run,
  plan: LaunchPlan,
  argv: readonly string[],
  seed: number,
  cwd: string,
): Omit<KeeperJob, 'document'> {
  const { trained, maxSteps, stepDelay } = plan
  return {
    dir: run.dir,
    argv,
    env: {
      HOTCB_RUN_DIR: run.dir,
      HOTCB_CONFIG: plan.name,
      HOTCB_SEED: String(seed),
      HOTCB_RESUME: '0',
      // A program in Python prints into a file in blocks otherwise, and its last lines are lost when it crashes.
      PYTHONUNBUFFERED: '1',
      ...(maxSteps !== null && { HOTCB_MAX_STEPS: String(maxSteps) }),
      ...(stepDelay !== null && { HOTCB_STEP_DELAY: String(stepDelay) }),
    },
    cwd,
    options: formatOptions(recordedOptions(plan)),
    seed,
    maxTime: plan.maxTime,
    maxSteps: trained.kind === 'command' ? maxSteps : null,
    stopSeconds: plan.stopSeconds,
    killSeconds: plan.killSeconds,
  }
}

/** The training by its name, also if that is the default: the default may change. */
function recordedOptions({ trained, options }: LaunchPlan): LaunchOptions {
  const { runDir: _, ...rest } = options
  return trained.kind === 'config' ? { ...rest, config: trained.name } : rest
}

function sendTune(run: Run, mode: string, { source = 'api', author }: LaunchPorts): void {
  run.send([{ module: 'tune', op: 'enable', id: 'main', params: { mode } }], { source, author })
}

function copyNotify(file: string, run: Run): void {
  try {
    copyFileSync(file, run.path('notifyConfig'))
  } catch (error) {
    throw new LaunchError('bad-option', `cannot copy \`${file}\` into the run directory: ${messageOf(error)}`)
  }
}
