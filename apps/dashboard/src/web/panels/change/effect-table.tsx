import { directionOf, type Effect, effectOf, type Verdict, verdictOf } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import type { SeriesWindow } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'

/** What each metric did around a step. */
export function EffectTable({
  step,
  names,
}: {
  readonly step: number
  readonly names: readonly string[]
}): JSX.Element {
  const { id } = useRun()
  const { series } = useStream('metrics')
  const [windows, setWindows] = useState<readonly SeriesWindow[] | undefined>(undefined)
  useEffect(() => {
    const { first, last } = series.extent.value
    // As far as sixty points reach: metrics of every hundredth step need more steps than those of every one.
    const reach = Math.max(200, Math.ceil((last - first) * 0.15))
    const requests = names.map((name) => ({ name, from: step - reach, to: step + reach, pixels: 4000 }))
    send<{ readonly windows: readonly SeriesWindow[] }>(runPath(id, 'metrics/windows'), { requests }).then(
      (answer) => setWindows(answer.windows),
      () => setWindows([]),
    )
  }, [step, names.join('\n')])
  const rows = (windows ?? []).map((window) => [window.name, effectOf(window.steps, window.values, step)] as const)
  return (
    <div class="scroll-x">
      <table class="plain">
        <thead>
          <tr>
            <th>Metric</th>
            <th class="number">Before</th>
            <th class="number">After</th>
            <th>Verdict</th>
            <th class="number">Against the trend (95 %)</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, effect]) => (
            <EffectRow key={name} name={name} effect={effect} />
          ))}
        </tbody>
      </table>
      <p class="muted small-text">
        Up to 60 points on each side; the shift is measured against the line through those before, carried on. It shows
        what followed, not what was caused: only a twin without the change could.
      </p>
    </div>
  )
}

function EffectRow({ name, effect }: { readonly name: string; readonly effect: Effect | undefined }): JSX.Element {
  if (effect === undefined) {
    return (
      <tr>
        <td>{name}</td>
        <td colSpan={4} class="muted">
          too few points around this step yet
        </td>
      </tr>
    )
  }
  const { before, after, shift, low, high } = effect
  const [look, word] = VERDICTS[verdictOf(effect, directionOf(name))]
  return (
    <tr>
      <td>{name}</td>
      <td class="number">{formatNumber(before.mean)}</td>
      <td class="number">{formatNumber(after.mean)}</td>
      <td>
        <span class={`badge bare ${look}`}>{word}</span>
      </td>
      <td class="number nowrap">
        {shift > 0 ? '+' : ''}
        {formatNumber(shift, 3)}{' '}
        <span class="muted">
          [{formatNumber(low, 3)}, {formatNumber(high, 3)}]
        </span>
      </td>
    </tr>
  )
}

const VERDICTS: Readonly<Record<Verdict, readonly [look: string, word: string]>> = {
  better: ['good', 'better'],
  worse: ['bad', 'worse'],
  higher: ['accent', 'higher'],
  lower: ['accent', 'lower'],
  unclear: ['', 'no clear shift'],
}
