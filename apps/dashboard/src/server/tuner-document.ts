import type { TunerDocument } from '../shared/tuner.ts'
import type { OpenRun } from './run.ts'

/** What the tuner of a run did, believes and does now; null if the run has none. */
export async function tunerDocument(run: OpenRun): Promise<TunerDocument | null> {
  const { state } = await run.state()
  await run.ledger.refresh()
  return run.tuner.read(state?.modules)
}
