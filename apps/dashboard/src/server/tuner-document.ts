import type { TunerDocument } from '../shared/tuner.ts'
import type { OpenRun } from './run.ts'

/** The changes, estimates and current activity of the tuner of a run; null if the run has none. */
export async function tunerDocument(run: OpenRun): Promise<TunerDocument | null> {
  const { state } = await run.state()
  await run.ledger.refresh()
  return run.tuner.read(state?.modules)
}
