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
import { askKeeper, findKeeper, type Keeper } from './keeper.ts'
import type { LaunchPorts } from './ports.ts'

/** Where a launcher finds config files, and where it creates new runs. */
export interface LauncherPlaces {
  /** The only run that this server shows. New runs are created in the same folder. */
  readonly dir?: string | undefined
  /** Absolute directories that are searched for runs. Config files are read from these directories themselves, not from subfolders. */
  readonly roots?: readonly string[] | undefined
  /** The ports for `launch`. The dashboard in them is not used. */
  readonly ports: LaunchPorts
}

type Launch = (options: LaunchOptions, ports: LaunchPorts) => Promise<LaunchHandle>

/** Creates a launcher for the pages of a dashboard. */
export function launcherOf({ dir, roots = [], ports }: LauncherPlaces, launch: Launch): Launcher {
  const [home = dir === undefined ? '.' : dirname(dir)] = roots
  const watched = new Set<LaunchHandle>()
  /**
   * For each run that this launcher asked to stop, the number of its start. The keeper records the request only a moment later.
   */
  const asked = new Map<string, number>()

  /** Starts a training run. This process watches the run only while the autopilot's rules act on it. */
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
      const { story, keeper } = readAll(run)
      // A second click, or a second person, must not shorten the time that the run has to save its state.
      if (!isNow && (story.isAsked || asked.get(dir) === story.starts)) return
      if (keeper !== null) askKeeper(run, keeper)
      asked.set(dir, story.starts)
      if (keeper !== null) return
      if (!isTraining(story)) throw new LaunchError('not-launched', `no training run is active in \`${dir}\``)
      // The run's keeper was killed. Attaching starts a new one.
      await (await launch({ resume: dir, serve: false, autopilot: 'off' }, ports)).close()
      const started = findKeeper(run)
      if (started !== null) askKeeper(run, started)
    },
    close() {
      for (const handle of watched) void handle.close()
    },
  }
}

/** Returns the folder for new runs: the folder of the run that this server shows, or `runs` below a root. */
function runsIn(folder: string, served: string | undefined): string {
  if (served !== undefined && folder === dirname(served)) return folder
  return basename(folder) === 'runs' ? folder : join(folder, 'runs')
}

/** Returns only the values that were given, because `undefined` would override those in a config file. */
function given(values: StartValues & { readonly seed?: number | undefined }): LaunchOptions {
  const { maxSteps, maxTimeSeconds, stepDelaySeconds, seed } = values
  const named = Object.entries({ maxSteps, maxTimeSeconds, stepDelaySeconds, seed }).filter(
    ([, value]) => value !== undefined,
  )
  return Object.fromEntries(named)
}

const MOST_LOG_BYTES = 16 * 1024 * 1024

/**
 * Whether the user of this process wrote a run's log. The log names the program to run and the process to stop, so a different user's log
 * could make this user run any program.
 */
function isOwn(dir: string): boolean {
  try {
    const stats = lstatSync(openRunDirectory(dir).path('launch'))
    // Windows has no user IDs.
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

function readAll(run: Run): { readonly story: ProcessStory; readonly keeper: Keeper | null } {
  const follow = followProcess(run)
  try {
    return { story: follow.read(), keeper: follow.keeper() }
  } finally {
    follow.close()
  }
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

/** Whether this program can start the training; false for a built-in example that it does not have. */
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
  if (ended === null) return 'ended; the reason was not recorded'
  const { exitCode, signal, asked } = ended
  if (asked === 'max-time') return 'reached its time limit'
  if (asked !== null) return signal === 'SIGKILL' ? 'stopped: it had to be killed' : 'stopped'
  if (signal !== null) return `stopped by ${signal}`
  if (exitCode === null) return 'ended; the reason was not recorded'
  return exitCode === 0 ? 'done' : `failed with exit code ${exitCode}`
}
