import { directionOf } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { evidenceOf, evidenceText } from '../../../shared/evidence.ts'
import type { TunerMutation } from '../../../shared/tuner.ts'
import { EvidenceChart } from '../../parts/evidence-chart.tsx'
import { usePointsAround } from '../../parts/use-points-around.ts'
import { useRun } from '../../run/run-context.ts'

/** The objective around the step of a change. */
export function ObjectiveView({ mutation }: { readonly mutation: TunerMutation }): JSX.Element | null {
  const { id } = useRun()
  const { metric, appliedStep, step } = mutation
  const at = appliedStep ?? step
  const points = usePointsAround(id, metric === '' ? null : metric, at, POINTS)
  if (points === undefined) return null
  const evidence = evidenceOf(points, at, directionOf(metric))
  const seen = evidence === undefined ? '' : `: ${evidenceText(evidence)}`
  return <EvidenceChart points={points} step={at} evidence={evidence} label={`${metric} around step ${at}${seen}`} />
}

/** On each side of the step: an objective comes once an epoch. */
const POINTS = 30
