import { useEffect, useState } from 'preact/hooks'
import type { WireSeriesPoints } from '../../shared/wire.ts'
import { runPath, send } from '../api.ts'
import { askWhole } from '../streams/ask-whole.ts'

/** Returns the points of a metric around a step of a run; undefined until they have arrived, or if there is no metric. */
export function usePointsAround(
  run: string,
  name: string | null,
  step: number | null,
  points: number,
): WireSeriesPoints | undefined {
  const [found, setFound] = useState<WireSeriesPoints | undefined>(undefined)
  useEffect(() => {
    if (name === null || step === null) return undefined
    const path = runPath(run, 'metrics/around')
    const requests = [{ name, step, points }]
    return askWhole(
      async () => (await send<{ readonly points: readonly WireSeriesPoints[] }>(path, { requests })).points,
      (answers) => setFound(answers?.[0]),
    )
  }, [run, name, step, points])
  return found
}
