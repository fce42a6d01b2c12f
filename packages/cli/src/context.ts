import type { Launcher, Trainings } from '@hotcb/launch'
import type { McpService } from '@hotcb/mcp'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './print/terminal.ts'

/** The parts that the published program passes in, so that this package depends on neither demos nor dashboard. */
export interface CliPorts {
  /** The version of the published program. */
  readonly version: string
  /** Who sends commands. Default: the user, from the command line. */
  readonly sender?: { readonly source: string; readonly author: string | undefined }
  /** Runs the built-in demo; returns the exit code. */
  readonly runDemo?: (options: DemoCommandOptions) => Promise<number>
  /** Serves the dashboard until it is closed. */
  readonly startDashboard?: (options: ServeOptions) => Promise<ServedDashboard>
  /** Returns what `hotcb bench` measures with. */
  readonly bench?: () => Promise<BenchPort>
  /** Returns the built-in demo runs of `hotcb launch`. */
  readonly trainings?: () => Promise<Trainings>
  /** The token files that grant people access to the dashboard. */
  readonly tokens?: () => Promise<TokenFiles>
}

/** Operations on a token file. Each function throws an error with a one-line message where the file is unusable. */
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

/** The bench, on the data that it knows. */
export interface BenchPort {
  /** The handwritten digits, in this process. */
  readonly digits: BenchSuite
  /**
   * CIFAR-10, in PyTorch.
   *
   * @throws Error with one line when the directory does not have it.
   */
  cifar10(place: {
    readonly data: string
    readonly python: string
    readonly env: Readonly<Record<string, string | undefined>>
  }): BenchSuite
}

/** Tasks and arms on the same data, and their results. */
export interface BenchSuite {
  readonly tasks: readonly { readonly name: string; readonly title: string }[]
  readonly arms: readonly { readonly name: string; readonly title: string }[]
  /** Makes the training runs that are not there yet. Ends after the one under way when it is aborted. */
  train(request: BenchRequest, signal: AbortSignal): Promise<void>
  /** Writes the report of the training runs that there are. */
  report(request: BenchRequest): Promise<BenchReport>
}

/** Which training runs `hotcb bench` makes, and where they are kept. */
export interface BenchRequest {
  readonly out: string
  readonly tasks: readonly string[]
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
  /** Steps that each may compute. */
  readonly steps: number
  readonly part: { readonly index: number; readonly of: number }
  /** A real model; null: a script replaces it. */
  readonly ai: { readonly model: string; readonly baseUrl?: string; readonly budgetUsd: number } | null
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes a line after each training run. */
  readonly say: (line: string) => void
}

/** A report that was written. */
export interface BenchReport {
  /** Training runs in it. */
  readonly rows: number
  readonly files: readonly string[]
  /** Why a file is missing; null if none is. */
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
  /** Take over the run from a process that still trains it. */
  readonly takeOver?: boolean
  readonly checkpointEvery?: number
  /** The number of processes that train together. */
  readonly ranks?: number
  /** The name of the training. */
  readonly config?: DemoName
  /** Train two tasks, with the changes of a recipe. */
  readonly golden?: boolean
  /** Rules inside the trainer: their mode, and the metric by which they judge the run. */
  readonly autopilot?: {
    readonly mode: 'off' | 'suggest' | 'auto'
    readonly keyMetric?: { readonly name: string; readonly direction: 'min' | 'max' }
  }
  /** Initial settings of the trainer. */
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
  /** Keep the dashboard open after the end, until interrupted. */
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
  /** The command line of a driver of sweeps, without the workspace. */
  readonly sweepDriver?: readonly string[]
  /** The text of a YAML file with tunables. */
  readonly configYaml?: string
  /** The environment from which `HOTCB_*` is read. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A dashboard that listens. */
export interface ServedDashboard {
  /** The address to print. It contains the token where one is needed. */
  readonly address: string
  readonly port: number
  /** Notes for the user, one line each. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

/** The context of every command: its run directory, its terminal and its environment. */
export interface CliContext {
  /**
   * The run directory: the one that was typed, otherwise `HOTCB_DIR`, otherwise the working directory or the only live run below it.
   *
   * @throws CommandError `refused` where none was given and there are several live runs below the working directory.
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
  /** Runs another command line, as this one runs: for programs that ask for several. */
  readonly runLine: (argv: readonly string[], ports: CliPorts, terminal: Terminal) => Promise<ExitCode>
}
