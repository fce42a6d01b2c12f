import { directionOf, type Effect, type EffectVerdict, effectOf, verdictOf } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import type { WireSeriesPoints } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'
import { EvidenceChart } from '../../parts/evidence-chart.tsx'
import { useRun } from '../../run/run-context.ts'
import { askWhole } from '../../streams/ask-whole.ts'
import { useStream } from '../panel.ts'
import { cutAtNeighbours } from './training-change.ts'

/** Shows the values of each metric around a step. */
export function EffectTable({
  step,
  names,
  isChange,
}: {
  readonly step: number
  readonly names: readonly string[]
  /** Whether the event at the step can affect training. Only then is there a verdict. */
  readonly isChange: boolean
}): JSX.Element {
  const { id } = useRun()
  const { markers } = useStream('ledger')
  const [points, setPoints] = useState<readonly WireSeriesPoints[]>([])
  const [isSample, setSample] = useState(false)
  useEffect(() => {
    const requests = names.map((name) => ({ name, step, points: POINTS }))
    const path = runPath(id, 'metrics/around')
    return askWhole(
      async () => (await send<{ readonly points: readonly WireSeriesPoints[] }>(path, { requests })).points,
      (answers, isOfSample) => {
        setPoints(answers ?? [])
        setSample(isOfSample)
      },
    )
  }, [step, names.join('\n')])
  const sides = points.map((found) => cutAtNeighbours(found, step, markers.value))
  const rows = sides.map(({ name, steps, values }) => [name, effectOf(steps, values, step, POINTS)] as const)
  const [first] = sides
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section class="scroll-x" aria-label="Effect" tabIndex={0}>
      {first !== undefined && (
        <EvidenceChart
          points={first}
          step={step}
          evidence={undefined}
          label={`${first.name} before and after step ${step}`}
        />
      )}
      <table class="plain stacked two">
        <thead>
          <tr>
            <th>Metric</th>
            <th class="number">Before</th>
            <th class="number">After</th>
            <th>Verdict</th>
            <th class="number">Difference from the trend (95 %)</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, effect]) => (
            <EffectRow key={name} name={name} effect={effect} isChange={isChange} />
          ))}
        </tbody>
      </table>
      <p class="muted small-text">
        {isSample && <b>The metrics are still being read: these numbers are from a sample. </b>}
        Computed from at most {POINTS} points on each side, up to the next change.{' '}
        {isChange
          ? 'The difference is between the level after the change and the trend before it. The interval is wider if that trend bends. The difference shows what happened after the change, which is not necessarily its effect: compare with a run without the change to be sure.'
          : 'This does not affect training, so there is no verdict.'}
      </p>
    </section>
  )
}

/** The number of points on each side of the change. */
const POINTS = 60

function EffectRow(props: {
  readonly name: string
  readonly effect: Effect | undefined
  readonly isChange: boolean
}): JSX.Element {
  const { name, effect, isChange } = props
  if (effect === undefined) {
    return (
      <tr>
        <td>{name}</td>
        <td colSpan={4} class="muted wide">
          too few points between this step and the next change
        </td>
      </tr>
    )
  }
  const { before, after } = effect
  return (
    <tr>
      <td>{name}</td>
      <td class="number" data-label="before">
        {formatNumber(before.mean)}
      </td>
      <td class="number" data-label="after">
        {formatNumber(after.mean)}
      </td>
      {isChange ? <Shift name={name} effect={effect} /> : <td colSpan={2} class="muted lead" />}
    </tr>
  )
}

function Shift({ name, effect }: { readonly name: string; readonly effect: Effect }): JSX.Element {
  const { shift, low, high } = effect
  const [look, word] = VERDICTS[verdictOf(effect, directionOf(name))]
  return (
    <>
      <td class="lead">
        <span class={`badge bare ${look}`}>{word}</span>
      </td>
      <td class="number nowrap wide" data-label="difference">
        {shift > 0 ? '+' : ''}
        {formatNumber(shift, 3)}{' '}
        <span class="muted">
          [{formatNumber(low, 3)}, {formatNumber(high, 3)}]
        </span>
      </td>
    </>
  )
}

const VERDICTS: Readonly<Record<EffectVerdict, readonly [look: string, word: string]>> = {
  better: ['good', 'better'],
  worse: ['bad', 'worse'],
  higher: ['accent', 'higher'],
  lower: ['accent', 'lower'],
  unclear: ['', 'no clear shift'],
}
