import type { Workspace } from '@hotcb/sweep/node'
import type { MonitorConfig } from '../config.ts'
import type { Actor } from './actor.ts'
import type { ModelSetup } from './ask-model.ts'
import type { MonitorPaths } from './monitor-files.ts'
import type { MonitorSign } from './one-monitor.ts'
import type { Poster } from './post.ts'

/** The services that a monitor needs from the program that runs it. */
export interface MonitorPort {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Starts a driver as a separate process if none is running. */
  startDriver(): void
  /** Prints a line for the person at the terminal. */
  line(text: string): void
}

/** The parts of a running monitor. */
export interface MonitorParts {
  readonly workspace: Workspace
  readonly paths: MonitorPaths
  readonly config: MonitorConfig
  /** Null if no model is used. */
  readonly setup: ModelSetup | null
  readonly actor: Actor
  readonly sign: MonitorSign
  readonly port: MonitorPort
  readonly post: Poster
  /** Whether a chat has threads for trials. */
  readonly hasThreads: boolean
  readonly scrub: (text: string) => string
  readonly nowMs: () => number
  readonly signal: AbortSignal
  /** Stops the monitor after its current tick. */
  readonly stop: () => void
}
