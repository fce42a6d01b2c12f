import { messageOf } from '@hotcb/protocol'
import { type FoundConfig, findNotifyConfig } from './config-file.ts'
import { isNotifyError, type Notifier, type NotifyPorts, openNotifier } from './notifier.ts'

/** Watches all runs that are found, each by its own configuration. */
export interface Fleet {
  /** Whether a usable configuration was found at the last check. */
  isConfigured(): boolean
  close(): Promise<void>
}

export interface FleetOptions {
  /** Finds run directories; called every few seconds. */
  readonly findDirs: () => readonly string[]
  readonly ports: NotifyPorts
  /** One configuration for all runs, instead of their own. */
  readonly config?: string | undefined
}

const FIND_MS = 5000

/** Runs with the same configuration share its channels, their limits and their connections. */
export function openFleet({ findDirs, ports, config }: FleetOptions): Fleet {
  const notifiers = new Map<string, Promise<Notifier | null>>()
  const told = new Set<string>()
  let isConfigured = false
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
  const attach = (dir: string): void => {
    const found = findNotifyConfig(dir, { path: config, env: ports.env })
    if (found === undefined) return
    isConfigured = true
    if (!found.ok) {
      for (const problem of found.problems) tell(problem)
      return
    }
    const opening = notifiers.get(found.path) ?? open(found)
    notifiers.set(found.path, opening)
    void opening.then((notifier) => notifier?.attach(dir))
  }
  const look = (): void => {
    for (const dir of findDirs()) attach(dir)
  }
  look()
  const timer = setInterval(look, FIND_MS)
  return {
    isConfigured: () => isConfigured || findNotifyConfig('', { path: config, env: ports.env }) !== undefined,
    async close() {
      clearInterval(timer)
      for (const opening of notifiers.values()) await (await opening)?.close()
    },
  }
}
