import { beliefsOf, describeBelief, storyOf } from '@hotcb/tune'
import type { Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** What the tuner of a run believes, a line each; none if it has judged nothing. */
export function tunerBeliefs(run: Run): readonly string[] {
  return beliefsOf(storyOf(streamValues(run, 'ledger'))).map(describeBelief)
}
