import type { Run } from '@hotcb/run/node'
import { type AiDecision, decisionsOf } from '../../ai/decisions.ts'
import type { ActionRecord } from '../../types.ts'

/**
 * The queries of models in a run, oldest first.
 *
 * @param actions The actions of the run, as `readStory` gives them.
 * @throws JournalError when the log cannot be read.
 */
export function readDecisions(run: Run, actions: readonly ActionRecord[]): readonly AiDecision[] {
  const lines = [...run.records('autopilot')].map(({ value }) => value)
  return decisionsOf(lines, actions)
}
