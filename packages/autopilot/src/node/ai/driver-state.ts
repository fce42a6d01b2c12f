import type { Hold, Run } from '@hotcb/run/node'
import type { AiConfig } from '../../ai/ai-config.ts'
import type { AiMemory } from '../../ai/memory.ts'
import type { Prompt } from '../../ai/prompt.ts'
import type { Trends } from '../../ai/trends.ts'
import type { ActionRecord, AiMode, EngineInput, Limits, RuleEngine } from '../../types.ts'
import type { Facts } from '../facts.ts'
import type { Asked } from './ask-model.ts'
import type { AiSetup } from './setup.ts'

/** Options for a driver. */
export interface AiDriverOptions {
  readonly run: Run
  /** The log to which queries and answers are written. */
  readonly hold: Hold
  readonly config: AiConfig
  readonly setup: AiSetup
  /** Returns the tuner's beliefs, one per line. */
  readonly beliefs: () => readonly string[]
  readonly nowMs: () => number
  /** Called once with each one-line message. */
  readonly note: (text: string) => void
}

/** The facts at one evaluation. */
export interface AiMoment {
  readonly mode: AiMode
  readonly engine: RuleEngine
  readonly limits: Limits
  readonly seen: EngineInput
  readonly facts: Facts
  /** Returns the actions, which are read only if a query or an answer needs them. */
  actions(): readonly ActionRecord[]
}

/** A query in progress. `asked` is its result until an evaluation processes it. */
export interface Question {
  readonly id: string
  readonly step: number
  readonly prompt: Prompt
  asked: Asked | null
}

/** The state that changes while a model is being queried. */
export interface DriverState {
  readonly options: AiDriverOptions
  readonly trends: Trends
  readonly stop: AbortController
  memory: AiMemory
  alerts: readonly string[]
  question: Question | null
  /** Resolves when no query is in progress. */
  running: Promise<void>
  count: number
  lastStep: number | null
  lastMs: number
  failures: number
  /** No query is sent before this time. */
  notBeforeMs: number
  /** Why the autopilot uses only its rules; null if the model is in use. */
  fallback: string | null
  readonly told: Set<string>
}
