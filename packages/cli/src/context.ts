import type { Launcher, Trainings } from '@hotcb/launch'
import type { McpService } from '@hotcb/mcp'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './print/terminal.ts'

/** The parts that the published program passes in, so that this package depends on neither the demos nor the dashboard. */
export interface CliPorts {
  /** The version of the published program. */
  readonly version: string
  /** The sender of commands. Default: the user, from the command line. */
  readonly sender?: { readonly source: string; readonly author: string | undefined }
  /** Runs the built-in demo; returns the exit code. */
  readonly runDemo?: (options: DemoCommandOptions) => Promise<number>
  /** Serves the dashboard until it is closed. */
  readonly startDashboard?: (options: ServeOptions) => Promise<ServedDashboard>
  /** Returns the benchmark for `hotcb bench`. */
  readonly bench?: () => Promise<BenchPort>
  /** Returns the built-in demo runs for `hotcb launch`. */
  readonly trainings?: () => Promise<Trainings>
  /** The token files that grant people access to the dashboard. */
  readonly tokens?: () => Promise<TokenFiles>
}

/** Operations on a token file. Each function throws an error with a one-line message if the file is unusable. */
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

/** The benchmark, which has one suite for each data set. */
export interface BenchPort {
  /** Trains on handwritten digits, in this process. */
  readonly digits: BenchSuite
  /**
   * Returns the benchmark on CIFAR-10, in PyTorch.
   *
   * @throws Error with one line if the directory does not contain the data set.
   */
  cifar10(place: {
    readonly data: string
    readonly python: string
    readonly env: Readonly<Record<string, string | undefined>>
  }): BenchSuite
}

/** Tasks and arms (ways to control a run) that use the same data, and their results. */
export interface BenchSuite {
  readonly tasks: readonly { readonly name: string; readonly title: string }[]
  readonly arms: readonly { readonly name: string; readonly title: string }[]
  /** Executes the training runs whose results are missing. If aborted, it stops after the current run. */
  train(request: BenchRequest, signal: AbortSignal): Promise<void>
  /** Writes the report for the existing training runs. */
  report(request: BenchRequest): Promise<BenchReport>
}

/** The training runs that `hotcb bench` executes, and where their results are stored. */
export interface BenchRequest {
  readonly out: string
  readonly tasks: readonly string[]
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
  /** The number of steps that each training run may compute. */
  readonly steps: number
  readonly part: { readonly index: number; readonly of: number }
  /** The language model to use; null uses scripted answers instead. */
  readonly ai: { readonly model: string; readonly baseUrl?: string; readonly budgetUsd: number } | null
  readonly env: Readonly<Record<string, string | undefined>>
  /** Called with one line after each training run. */
  readonly say: (line: string) => void
}

/** A report that was written. */
export interface BenchReport {
  /** The number of training runs in it. */
  readonly rows: number
  readonly files: readonly string[]
  /** The reason why a report file is missing; null if none is missing. */
  readonly note: string | null
  readonly summary: object
  /** The tables, as Markdown. */
  readonly text: string
}

export type DemoName = 'digits' | 'simple' | 'digits-cosine' | 'digits-adam' | 'multitask' | 'finetune'

/** Options of `hotcb demo`. */
export interface DemoCommandOptions {
  readonly dir?: string
  readonly maxSteps?: number
  /** Seconds. */
  readonly maxTimeSeconds?: number
  /** Seconds. */
  readonly stepDelaySeconds?: number
  readonly seed?: number
  readonly continue?: boolean
  /** Whether to take over the run from a process that is still training it. */
  readonly takeOver?: boolean
  readonly checkpointEvery?: number
  /** The number of processes that train together. */
  readonly ranks?: number
  /** The name of the demo run. */
  readonly config?: DemoName
  /** Whether to train two tasks while a recipe changes settings. */
  readonly golden?: boolean
  /** Rules inside the trainer: their mode, and the metric by which they judge the run. */
  readonly autopilot?: {
    readonly mode: 'off' | 'suggest' | 'auto'
    readonly keyMetric?: { readonly name: string; readonly direction: 'min' | 'max' }
  }
  /** The trainer's initial settings. */
  readonly initial?: {
    readonly lr?: number
    readonly weightDecay?: number
    readonly momentum?: number
    readonly clipNorm?: number
  }
  /** The initial mode of the tuner. */
  readonly tune?: 'off' | 'observe' | 'suggest' | 'active'
  readonly json?: boolean
  /** Shows the run while it trains. */
  readonly serve?: (runDir: string) => Promise<ServedDashboard>
  /** Whether to keep the dashboard running after the training ends, until the program is interrupted. */
  readonly keep?: boolean
}

/** Options of `hotcb serve`. */
export interface ServeOptions {
  /** One run. */
  readonly dir?: string
  /** Directories in which to look for runs. */
  readonly roots?: readonly string[]
  readonly host?: string
  readonly port?: number
  readonly token?: string
  readonly tokens?: string
  readonly user?: string
  readonly basePath?: string
  readonly allowedOrigins?: readonly string[]
  readonly open?: boolean
  /** The training runs that its pages may start. */
  readonly launcher?: Launcher
  /** The service for agents at `/mcp`. */
  readonly mcp?: McpService
  /** The command line that starts a sweep driver, without the workspace. */
  readonly sweepDriver?: readonly string[]
  /** The text of a YAML file with tunable settings. */
  readonly configYaml?: string
  /** The environment from which `HOTCB_*` is read. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A dashboard that is listening. */
export interface ServedDashboard {
  /** The address to print. It contains the token if one is needed. */
  readonly address: string
  readonly port: number
  /** Notes for the user, one line each. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** The context of every command: its run directory, its terminal and its environment. */
export interface CliContext {
  /**
   * The run directory: the one that was typed, or else `HOTCB_DIR`, or else the working directory or the only live run below it.
   *
   * @throws CommandError `refused` if none was given and there are several live runs below the working directory.
   */
  readonly dir: string
  /** Whether the directory was typed or comes from `HOTCB_DIR`. */
  readonly dirGiven: boolean
  /** Whether the directory was typed. */
  readonly dirTyped: boolean
  readonly json: boolean
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly ports: CliPorts
  /** Runs another command line like this one, for programs that need several. */
  readonly runLine: (argv: readonly string[], ports: CliPorts, terminal: Terminal) => Promise<ExitCode>
}
