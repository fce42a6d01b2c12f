import type { ActionRecord } from '@hotcb/autopilot'
import { directionOf } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { evidenceOf, evidenceText } from '../../../shared/evidence.ts'
import { EvidenceChart } from '../../parts/evidence-chart.tsx'
import { usePointsAround } from '../../parts/use-points-around.ts'
import { useRun } from '../../run/run-context.ts'

/** Shows a rule's evidence: its metric around the step at which it fired. */
export function EvidenceView({ action }: { readonly action: ActionRecord }): JSX.Element | null {
  const { id } = useRun()
  const { metric, step } = action
  const points = usePointsAround(id, metric, step, POINTS)
  if (points === undefined || metric === null || step === null) return null
  const evidence = evidenceOf(points, step, directionOf(metric))
  const seen = evidence === undefined ? 'too few values for a level' : evidenceText(evidence)
  return (
    <EvidenceChart points={points} step={step} evidence={evidence} label={`${metric} around step ${step}: ${seen}`} />
  )
}

/** The number of points on each side of the step. */
const POINTS = 80
