import type { Run } from '@hotcb/run/node'
import { type AiDecision, decisionsOf } from '../../ai/decisions.ts'
import type { ActionRecord } from '../../types.ts'

/**
 * Returns a run's model queries, oldest first.
 *
 * @param actions The run's actions, from `readStory`.
 * @throws JournalError if the log cannot be read.
 */
export function readDecisions(run: Run, actions: readonly ActionRecord[]): readonly AiDecision[] {
  const lines = [...run.records('autopilot')].map(({ value }) => value)
  return decisionsOf(lines, actions)
}
