import type { Run } from '@hotcb/run/node'
import type { Launcher } from '../launcher.ts'
import type { Trainings } from '../plan.ts'

/** Services that are passed in, because the launcher contains neither training runs nor a dashboard. */
export interface LaunchPorts {
  readonly trainings: Trainings
  /** Serves a run to browsers. Without it, `serve` has no effect. */
  readonly startDashboard?: ((options: DashboardOfRun) => Promise<StartedDashboard>) | undefined
  /** Sends notifications about a run according to its configuration. */
  readonly startNotifier?: ((dir: string) => { close(): Promise<void> }) | undefined
  /** The source of its commands in the ledger. @defaultValue 'api' */
  readonly source?: string | undefined
  /** The author of its commands. */
  readonly author?: string | undefined
  /** Returns the estimates of a run's tuner, one line each, for the AI modes' model. */
  readonly beliefs?: ((run: Run) => readonly string[]) | undefined
  /** Receives messages for a person, one line each. @defaultValue messages are dropped */
  readonly note?: ((text: string) => void) | undefined
  /** The directory that relative paths refer to. @defaultValue `process.cwd()` */
  readonly cwd?: string | undefined
  /** The directory for runs without a `runDir`. @defaultValue `runs` in `cwd` */
  readonly runsDir?: string | undefined
  /** @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** The directories to serve. */
export interface DashboardOfRun {
  /** Absolute. */
  readonly dir: string
  readonly host?: string
  readonly port?: number
  /** The training runs that its pages may start. */
  readonly launcher?: Launcher
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A dashboard that is running. */
export interface StartedDashboard {
  /** The address, with the token if one is needed. */
  readonly address: string
  readonly notes: readonly string[]
  close(): Promise<void>
}
