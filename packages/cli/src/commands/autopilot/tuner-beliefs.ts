import { beliefsOf, describeBelief, storyOf } from '@hotcb/tune'
import type { Run } from '../../run.ts'
import { streamValues } from '../replay/stream-values.ts'

/** Returns the tuner's estimates for a run, one line each; no lines if it has not judged any change yet. */
export function tunerBeliefs(run: Run): readonly string[] {
  return beliefsOf(storyOf(streamValues(run, 'ledger'))).map(describeBelief)
}
