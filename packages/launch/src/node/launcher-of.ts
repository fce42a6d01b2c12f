import { lstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { processState } from '@hotcb/journal'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { LaunchedRun, Launcher, Requester, StartValues } from '../launcher.ts'
import type { LaunchOptions } from '../options.ts'
import { planLaunch } from '../plan.ts'
import type { ProcessStory } from '../process-log.ts'
import { findChoice, listChoices } from './choices.ts'
import { followProcess } from './follow-process.ts'
import type { LaunchHandle } from './handle.ts'
import type { LaunchPorts } from './ports.ts'

/** Where a launcher finds config files, and where it puts new runs. */
export interface LauncherPlaces {
  /** The one run that this server shows. New runs are created in the same folder. */
  readonly dir?: string | undefined
  /** Absolute directories that are searched for runs. Config files are looked for in them, not below. */
  readonly roots?: readonly string[] | undefined
  /** The ports of `launch`. Its dashboard is not used. */
  readonly ports: LaunchPorts
}

type Launch = (options: LaunchOptions, ports: LaunchPorts) => Promise<LaunchHandle>

/** Makes a launcher for the pages of a dashboard. */
export function launcherOf({ dir, roots = [], ports }: LauncherPlaces, launch: Launch): Launcher {
  const [home = dir === undefined ? '.' : dirname(dir)] = roots
  const watched = new Set<LaunchHandle>()
  /** The start of each run that was asked to end from here: its keeper records the request a moment later. */
  const asked = new Map<string, number>()

  /** Starts a training run. It is watched from here only while rules act on it. */
  async function begin(options: LaunchOptions, place: Partial<LaunchPorts>, { author }: Requester): Promise<string> {
    const handle = await launch(
      { ...options, serve: false },
      { ...ports, source: 'dashboard', author: author ?? ports.author, ...place },
    )
    if (handle.autopilot === 'off') await handle.close()
    else {
      watched.add(handle)
      void handle.wait().finally(() => watched.delete(handle))
    }
    return handle.runDir
  }

  return {
    choices: () => listChoices(roots, ports.trainings),
    look: (run) => (isOwn(run) ? look(confined(run), ports) : null),
    start(id, values, by) {
      const { options, folder } = findChoice(id, roots, ports.trainings)
      const place = { cwd: folder ?? home, runsDir: runsIn(folder ?? home, dir) }
      return begin({ ...options, ...given(values) }, place, by)
    },
    async resume(run, values, by) {
      requireOwn(run)
      await begin({ resume: run, ...given(values) }, {}, by)
    },
    async branch(run, tag, values, by) {
      requireOwn(run)
      const { set = [], ...limits } = values
      const changes = set.length === 0 ? {} : { set }
      const options = { fromCheckpoint: `${run}:${tag}`, ...changes, ...given(limits) }
      return begin(options, { runsDir: dirname(run) }, by)
    },
    async stop(dir, isNow = false) {
      requireOwn(dir)
      const run = confined(dir)
      const { story } = readAll(run)
      // Two clicks, or two people, must not take away the time in which it saves.
      if (!isNow && (story.isAsked || asked.get(dir) === story.starts)) return
      asked.set(dir, story.starts)
      if (askKeeper(run)) return
      if (!isTraining(story)) throw new LaunchError('not-launched', `no training run is active in \`${dir}\``)
      // Its keeper was killed: attaching starts another one.
      await (await launch({ resume: dir, serve: false, autopilot: 'off' }, ports)).close()
      askKeeper(run)
    },
    close() {
      for (const handle of watched) void handle.close()
    },
  }
}

/** Runs in the folder of the one that this server shows, or in `runs` below a root. */
function runsIn(folder: string, served: string | undefined): string {
  if (served !== undefined && folder === dirname(served)) return folder
  return basename(folder) === 'runs' ? folder : join(folder, 'runs')
}

/** The values that were given: `undefined` would hide those of a config file. */
function given(values: StartValues & { readonly seed?: number | undefined }): LaunchOptions {
  const { maxSteps, maxTimeSeconds, stepDelaySeconds, seed } = values
  const named = Object.entries({ maxSteps, maxTimeSeconds, stepDelaySeconds, seed }).filter(
    ([, value]) => value !== undefined,
  )
  return Object.fromEntries(named)
}

const MOST_LOG_BYTES = 16 * 1024 * 1024

/**
 * Whether the log of a run was written by the user of this process. The log says which program to run and which process to end:
 * that of someone else would have their program run as this user.
 */
function isOwn(dir: string): boolean {
  try {
    const stats = lstatSync(openRunDirectory(dir).path('launch'))
    // On Windows there are no such ids.
    const isOurs = process.geteuid === undefined || stats.uid === process.geteuid()
    return stats.isFile() && isOurs && stats.size <= MOST_LOG_BYTES
  } catch {
    return false
  }
}

function requireOwn(dir: string): void {
  if (isOwn(dir)) return
  throw new LaunchError('not-launched', `\`${basename(dir)}\` was not started by a launcher of this user`)
}

function confined(dir: string): Run {
  return openRunDirectory(dir, { within: [dir] })
}

function readAll(run: Run): { readonly story: ProcessStory; readonly keeper: number | null } {
  const follow = followProcess(run)
  try {
    return { story: follow.read(), keeper: follow.keeperPid() }
  } finally {
    follow.close()
  }
}

/** Asks the keeper of a run to end its training. @returns Whether there is one. */
function askKeeper(run: Run): boolean {
  const { keeper } = readAll(run)
  if (keeper === null || keeper <= 1) return false
  process.kill(keeper, 'SIGTERM')
  return true
}

function isTraining({ trainer, ended }: ProcessStory): boolean {
  return ended === null && trainer !== null && processState(trainer.pid, trainer.start) === 'running'
}

function look(run: Run, { trainings }: LaunchPorts): LaunchedRun | null {
  const { story, keeper } = readAll(run)
  const { options, seed, starts } = story
  if (options === null || seed === null) return null
  const document = run.document('run').value
  const trains = isTraining(story) || (keeper !== null && story.ended === null && story.failure === null)
  return {
    config: trainedText(options),
    seed,
    max_steps: document?.max_steps ?? options.maxSteps ?? null,
    step_delay: document?.step_delay ?? options.stepDelaySeconds ?? null,
    starts,
    is_training: trains,
    is_stopping: trains && story.isAsked,
    ended: trains ? null : endText(story),
    parent: document?.parent ?? null,
    can_start: canStart(options, trainings),
  }
}

/** False for a built-in example that this program does not have. */
function canStart(options: LaunchOptions, trainings: LaunchPorts['trainings']): boolean {
  try {
    planLaunch(options, trainings)
    return true
  } catch {
    return false
  }
}

function trainedText({ config, trainFn, command }: LaunchOptions): string {
  return config ?? trainFn ?? command?.join(' ') ?? 'unknown'
}

function endText({ ended, failure }: ProcessStory): string {
  if (failure !== null) return failure
  if (ended === null) return 'ended; no process recorded how'
  const { exitCode, signal, asked } = ended
  if (asked === 'max-time') return 'reached its time limit'
  if (asked !== null) return signal === 'SIGKILL' ? 'stopped: it had to be killed' : 'stopped'
  if (signal !== null) return `ended by ${signal}`
  if (exitCode === null) return 'ended; no process recorded how'
  return exitCode === 0 ? 'done' : `failed with exit code ${exitCode}`
}
