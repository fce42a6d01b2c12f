import { usdOf } from '@hotcb/llm'
import type { Run } from '@hotcb/run/node'
import type { AiDecision } from '../../ai/decisions.ts'
import { readDecisions } from './read-decisions.ts'
import { type AiOverrides, aiConfigOf, aiSpending, type Environment } from './setup.ts'

/** A numeric summary of a run's model. */
export interface AiNumbers {
  readonly model: string
  readonly cadence: number
  /** Null: no limit. */
  readonly budgetUsd: number | null
  readonly spentUsd: number
  /** Undefined before the first query. */
  readonly last: AiDecision | undefined
}

/** @throws RunError `bad-argument` for a config with a mistake. */
export function readAiStatus(run: Run, env: Environment, overrides: AiOverrides = {}): AiNumbers {
  const { model, cadence, caps } = aiConfigOf(run, env, overrides)
  const { nano } = aiSpending(run.dir, env).totals()
  return {
    ...{ model, cadence, budgetUsd: caps.nano === null ? null : usdOf(caps.nano), spentUsd: usdOf(nano) },
    last: readDecisions(run, []).at(-1),
  }
}
