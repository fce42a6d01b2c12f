import { statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, runFiles } from '@hotcb/protocol'
import type { NotifyConfig } from '../types.ts'
import { type FoundConfig, findNotifyConfig } from './config-file.ts'
import { isNotifyError, type Notifier, type NotifyPorts, openNotifier } from './notifier.ts'

/** Watches all runs that are found, each with its own configuration. */
export interface Fleet {
  close(): Promise<void>
}

export interface FleetOptions {
  /** Finds run directories; called every five seconds, or less often if it takes a long time. */
  readonly findDirs: () => readonly string[]
  readonly ports: NotifyPorts
  /** One configuration for all runs, instead of their own. */
  readonly config?: string | undefined
  /**
   * Also watches runs without a configuration. Their alerts are recorded for the dashboard, but no messages are sent.
   *
   * @defaultValue false
   */
  readonly alertsAlways?: boolean
}

const FIND_MS = 5000
// The fraction of a core's time that the search for runs may use, because searching thousands of runs takes a while.
const FIND_SHARE = 0.02

/** Runs with the same configuration share its channels, including their limits and connections. */
export function openFleet({ findDirs, ports, config, alertsAlways = false }: FleetOptions): Fleet {
  const notifiers = new Map<string, Promise<Notifier | null>>()
  const told = new Set<string>()
  /** The configuration with which each run is watched; empty for none. */
  const watched = new Map<string, string>()
  const isQuiet = createQuietRuns()
  const tell = (text: string): void => {
    if (!told.has(text)) ports.onTrouble(text)
    told.add(text)
  }
  const open = async (found: FoundConfig & { readonly ok: true }): Promise<Notifier | null> => {
    try {
      return await openNotifier({ config: found.config, ports, isOpenEnded: true })
    } catch (error) {
      for (const problem of isNotifyError(error) ? error.problems : [messageOf(error)])
        tell(`${found.path}: ${problem}`)
      return null
    }
  }
  const watch = (dir: string, path: string, openIt: () => Promise<Notifier | null>): void => {
    const before = watched.get(dir)
    if (before !== undefined && before !== path) void notifiers.get(before)?.then((notifier) => notifier?.detach(dir))
    watched.set(dir, path)
    const opening = notifiers.get(path) ?? openIt()
    notifiers.set(path, opening)
    void opening.then((notifier) => notifier?.attach(dir))
  }
  const attach = (dir: string): void => {
    if (alertsAlways && isQuiet(dir)) return
    const found = findNotifyConfig(dir, { path: config, env: ports.env })
    if (found?.ok === true) watch(dir, found.path, () => open(found))
    else if (alertsAlways) watch(dir, '', openAlerts)
    if (found?.ok === false) for (const problem of found.problems) tell(problem)
  }
  const look = (): void => {
    for (const dir of findDirs()) attach(dir)
  }
  let timer: NodeJS.Timeout
  const lookAgain = (): void => {
    const startMs = performance.now()
    look()
    timer = setTimeout(lookAgain, Math.max(FIND_MS, (performance.now() - startMs) / FIND_SHARE))
  }
  lookAgain()
  return {
    async close() {
      clearTimeout(timer)
      for (const opening of notifiers.values()) await (await opening)?.close()
    },
  }
}

const NO_CONFIG: NotifyConfig = {
  channels: [],
  rules: [],
  quiet: null,
  perHour: 1,
  operators: { telegram: [], slack: [], discord: [] },
}

/** Opens a notifier that records alerts and sends nothing. Nobody configured it, so a run that it cannot watch is not reported. */
function openAlerts(): Promise<Notifier> {
  const quiet = (): undefined => undefined
  const ports = { env: {}, terminal: { line: quiet, bell: quiet }, approvals: null, onTrouble: quiet }
  return openNotifier({ config: NO_CONFIG, ports, isOpenEnded: true, engine: 'alerts' })
}

/** Returns whether the trainer of a run is not alive, because its state document has not changed for several checks. */
function createQuietRuns(): (dir: string) => boolean {
  const known = new Map<string, { readonly modifiedMs: number; readonly times: number }>()
  return (dir) => {
    const stats = statSync(join(dir, runFiles.state), { throwIfNoEntry: false })
    const modifiedMs = stats?.mtimeMs ?? 0
    const before = known.get(dir)
    const times = before?.modifiedMs === modifiedMs ? before.times + 1 : 0
    known.set(dir, { modifiedMs, times })
    return times > QUIET_TIMES
  }
}

// A live trainer replaces its state document every few seconds, even during a pause.
const QUIET_TIMES = 12
