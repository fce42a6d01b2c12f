import { beliefsOf, describeBelief, storyOf } from '@hotcb/tune'
import type { Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** The estimates of the tuner of a run, one line each; none if it has judged nothing. */
export function tunerBeliefs(run: Run): readonly string[] {
  return beliefsOf(storyOf(streamValues(run, 'ledger'))).map(describeBelief)
}
