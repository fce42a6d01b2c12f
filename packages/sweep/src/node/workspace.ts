import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { EXECUTORS, type SweepConfig } from '../config/config.ts'
import { type ConfigProblem, tellConfigProblem } from '../config/problem.ts'
import { readConfig } from '../config/read-config.ts'
import { foreignWork } from './adopt-views.ts'
import { type Claim, takeClaim } from './claims.ts'
import { type Clock, createClock } from './clock.ts'
import { type JournalWriter, openJournal, type SweepJournal } from './journal.ts'
import { type WorkspacePaths, workspacePaths } from './paths.ts'
import { sha256 } from './sha256.ts'
import { SweepError } from './sweep-error.ts'
import { openViewFiles, type ViewFiles } from './view-files.ts'
import { exportViews } from './views.ts'

/** A workspace: a directory with `hyperherd.yaml`, and next to that file the folder `.hyperherd` with the files of `herd`. */
export interface Workspace {
  readonly paths: WorkspacePaths
  readonly journal: SweepJournal
  readonly clock: Clock
  readonly views: ViewFiles
  /** Whether nothing may be written: neither a scheduler's answers nor the cluster's limits. */
  readonly isLookOnly: boolean
  close(): void
}

/**
 * @param place The directory or its YAML file.
 * @param who The writer's name in the journal. Default: the user at the command line.
 */
export function openWorkspace(place: string, clock: Clock = createClock(), who?: string): Workspace {
  const absolute = resolve(place)
  const isFile = statSync(absolute, { throwIfNoEntry: false })?.isFile() === true
  const paths = isFile ? workspacePaths(dirname(absolute), absolute) : workspacePaths(absolute)
  const views = openViewFiles(paths)
  const journal = openJournal(paths.journal, clock, foreignWork(paths, views), who)
  journal.refresh()
  return { paths, journal, clock, views, isLookOnly: false, close: () => journal.close() }
}

/** Returns the same workspace for a command that writes nothing. */
export function lookOnly(workspace: Workspace): Workspace {
  return { ...workspace, isLookOnly: true }
}

/** The current config in the file. */
export interface LoadedConfig {
  readonly config: SweepConfig
  readonly text: string
  readonly sha256: string
  readonly warnings: readonly string[]
}

/** @throws SweepError `config` with one line per problem. */
export function loadConfig({ config: path }: WorkspacePaths): LoadedConfig {
  const document = readDocument(path)
  if (document === null) {
    throw new SweepError('config', `\`${path}\` does not exist; run \`herd init\` to create one to start from`)
  }
  return { ...parseConfig(document.text, path), text: document.text, sha256: sha256(document.text) }
}

/** Returns the config in the journal, which is the one in effect. */
export function configInForce({ journal, paths }: Workspace): SweepConfig {
  const { config } = journal.fold
  // HyperHerd uses only the file.
  if (config === null && journal.fold.trials.size > 0) return loadConfig(paths).config
  if (config === null) throw noSweep(paths)
  const { config: read } = parseConfig(config.text, paths.config)
  const executor = EXECUTORS.find((name) => name === config.executor) ?? read.executor
  return withResources(withMaxConcurrent(withExecutor(read, executor), config.maxConcurrent), config)
}

/** Returns the config with all trials on one executor. */
export function withExecutor(config: SweepConfig, executor: SweepConfig['executor']): SweepConfig {
  return everywhere(config, (one) => ({ ...one, executor }))
}

/** Returns the config with a different limit on concurrent trials; null keeps the config's limit. */
export function withMaxConcurrent(config: SweepConfig, maxConcurrent: number | null): SweepConfig {
  if (maxConcurrent === null) return config
  return everywhere(config, (one) => ({
    ...one,
    slurm: one.slurm === null ? null : { ...one.slurm, maxConcurrent },
    gridEngine: one.gridEngine === null ? null : { ...one.gridEngine, maxConcurrent },
    local: { ...one.local, maxConcurrent },
  }))
}

/** Returns the config with a different memory size and time limit for each scheduler task; null keeps the config's value. */
export function withResources(
  config: SweepConfig,
  { mem, time }: { readonly mem: string | null; readonly time: string | null },
): SweepConfig {
  return everywhere(config, (one) => {
    const { slurm, gridEngine } = one
    return {
      ...one,
      slurm: slurm === null ? null : { ...slurm, mem: mem ?? slurm.mem, time: time ?? slurm.time },
      gridEngine:
        gridEngine === null ? null : { ...gridEngine, mem: mem ?? gridEngine.mem, time: time ?? gridEngine.time },
    }
  })
}

/** Applies a config change to all of its stages. */
function everywhere(config: SweepConfig, change: (config: SweepConfig) => SweepConfig): SweepConfig {
  return { ...change(config), stages: config.stages.map((one) => ({ ...one, config: change(one.config) })) }
}

function parseConfig(text: string, path: string): Pick<LoadedConfig, 'config' | 'warnings'> {
  const reading = readConfig(text)
  const file = path.slice(path.lastIndexOf('/') + 1)
  const tell = (problem: ConfigProblem): string => tellConfigProblem(problem, file)
  if (!reading.ok) throw new SweepError('config', reading.problems.map(tell))
  return { config: reading.config, warnings: reading.warnings.map(tell) }
}

export function noSweep({ root }: Pick<WorkspacePaths, 'root'>): SweepError {
  return new SweepError('refused', `no sweep has been started in \`${root}\`; use \`herd run\` to start one`)
}

/** @throws SweepError `refused` if the launcher cannot be run or the workspace cannot be written. */
export function checkLauncher({ root }: WorkspacePaths, config: SweepConfig): void {
  for (const launcher of launchersOf(config)) checkOne(root, launcher)
  if (!isAllowed(root, constants.W_OK)) throw new SweepError('refused', `\`${root}\` is not writable`)
}

/** Returns a sweep's launchers: one per stage, if it has stages. */
export function launchersOf({ launcher, stages }: SweepConfig): readonly string[] {
  return stages.length === 0 ? [launcher] : [...new Set(stages.map(({ config }) => config.launcher))]
}

function checkOne(root: string, launcher: string): void {
  const path = resolve(root, launcher)
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new SweepError('refused', `the launcher \`${launcher}\` is not a file; it must be the path of a bash script`)
  }
  if (!isAllowed(path, constants.X_OK)) {
    throw new SweepError('refused', `the launcher \`${launcher}\` is not executable; run \`chmod +x ${launcher}\``)
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const RENEW_MS = 5000

/** The maximum time in milliseconds that a command waits for the workspace. */
export const CLAIM_WAIT_MS = 10_000

/**
 * Runs a function while holding the claim: the journal is read before the function runs, and the views are written afterwards.
 *
 * @throws SweepError `claimed`, `superseded`
 */
export async function underClaim<Given>(
  workspace: Workspace,
  command: string,
  act: (writer: JournalWriter, claim: Claim) => Given | Promise<Given>,
  waitMs: number = CLAIM_WAIT_MS,
): Promise<Given> {
  const { paths, journal } = workspace
  const claim = await takeClaim(paths.claims, waitMs)
  // A scheduler query may take longer than other processes wait for a holder that shows no sign of life.
  const renewal = setInterval(() => claim.renew(), RENEW_MS)
  try {
    journal.refresh()
    const writer = journal.write(claim, command)
    try {
      const given = await act(writer, claim)
      exportViews(workspace, writer)
      return given
    } finally {
      writer.close()
    }
  } finally {
    clearInterval(renewal)
    claim.release()
  }
}
