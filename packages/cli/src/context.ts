import type { Trainings } from '@hotcb/launch'
import type { Terminal } from './print/terminal.ts'

/** What the published program passes in, so that this package depends on neither demos nor dashboard. */
export interface CliPorts {
  /** The published program's version. */
  readonly version: string
  /** Runs the built-in training; gives the exit code. */
  readonly runDemo?: (options: DemoOptions) => Promise<number>
  /** Serves the dashboard until it is closed. */
  readonly startDashboard?: (options: DashboardOptions) => Promise<StartedDashboard>
  /** The built-in trainings of `hotcb launch`. */
  readonly trainings?: () => Promise<Trainings>
  /** Files of tokens, by which people reach the dashboard. */
  readonly tokens?: () => Promise<TokenFiles>
}

/** What is done with a file of tokens. Each function throws with one line where the file cannot be used. */
export interface TokenFiles {
  readonly addToken: (
    path: string,
    user: string,
    role: string,
  ) => { readonly token: string; readonly isReplaced: boolean }
  readonly listTokens: (
    path: string,
  ) => readonly { readonly user: string; readonly role: string; readonly made: string }[]
  readonly removeToken: (path: string, user: string) => void
}

export type DemoConfig = 'digits' | 'simple' | 'digits-cosine' | 'digits-adam'

/** Options of `hotcb demo`. */
export interface DemoOptions {
  readonly dir?: string
  readonly maxSteps?: number
  /** Seconds. */
  readonly maxTime?: number
  /** Seconds. */
  readonly stepDelay?: number
  readonly seed?: number
  readonly continue?: boolean
  /** Take the run over from a process that still trains it. */
  readonly takeOver?: boolean
  readonly checkpointEvery?: number
  /** Processes that train together. */
  readonly ranks?: number
  /** Which training. */
  readonly config?: DemoConfig
  /** Rules inside the trainer: what they may do, and the metric by which they judge the run. */
  readonly autopilot?: {
    readonly mode: 'off' | 'suggest' | 'auto'
    readonly keyMetric?: { readonly name: string; readonly direction: 'min' | 'max' }
  }
  /** The mode that the tuner begins with. */
  readonly tune?: 'off' | 'observe' | 'suggest' | 'active'
  readonly json?: boolean
  /** Shows the run while it trains. */
  readonly serve?: (runDir: string) => Promise<StartedDashboard>
  /** Go on showing it after the end, until interrupted. */
  readonly keep?: boolean
}

/** Options of `hotcb serve`. */
export interface DashboardOptions {
  /** One run. */
  readonly dir?: string
  /** Directories in which runs are looked for. */
  readonly roots?: readonly string[]
  readonly host?: string
  readonly port?: number
  readonly token?: string
  readonly tokens?: string
  readonly user?: string
  readonly basePath?: string
  readonly allowedOrigins?: readonly string[]
  readonly open?: boolean
  /** Text of a YAML file with tunables. */
  readonly configYaml?: string
  /** Where `HOTCB_*` is looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A dashboard that listens. */
export interface StartedDashboard {
  /** To be printed; holds the token where one is needed. */
  readonly address: string
  readonly port: number
  /** What a person should be told, one line each. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** What every command gets: where it stands, and whom it speaks to. */
export interface CliContext {
  /**
   * The run directory: as it was typed, else `HOTCB_DIR`, else the working directory or the one living run below it.
   *
   * @throws CommandError `refused` where nothing was given and several living runs lie below the working directory.
   */
  readonly dir: string
  /** Whether it was typed or is `HOTCB_DIR`. */
  readonly dirGiven: boolean
  /** Whether it was typed. */
  readonly dirTyped: boolean
  readonly json: boolean
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly ports: CliPorts
}
