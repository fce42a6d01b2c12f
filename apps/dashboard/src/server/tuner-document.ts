import type { TunerDocument } from '../shared/tuner.ts'
import type { OpenRun } from './run.ts'

/** Returns the changes, estimates and current activity of a run's tuner; null if the run has no tuner. */
export async function tunerDocument(run: OpenRun): Promise<TunerDocument | null> {
  const { state } = await run.state()
  await run.ledger.refresh()
  return run.tuner.read(state?.modules)
}
