import { directionOf } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { evidenceOf, evidenceText } from '../../../shared/evidence.ts'
import type { TunerMutation } from '../../../shared/tuner.ts'
import { EvidenceChart } from '../../parts/evidence-chart.tsx'
import { usePointsAround } from '../../parts/use-points-around.ts'
import { useRun } from '../../run/run-context.ts'

/** Shows the objective around the step of a change. */
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

/** The number of points on each side of the step. It is small, because an objective usually has one value per epoch. */
const POINTS = 30
