import { directionOf, type Effect, effectOf, type Verdict, verdictOf } from '@hotcb/metrics/judge'
import { isObject, messageOf } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { describeChange, formatNumber, formatValue } from '../../shared/describe.ts'
import type { Marker, SeriesWindow } from '../../shared/wire.ts'
import { runPath, send } from '../api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { dateTime } from '../parts/time.ts'
import { useRun } from '../run/run-context.ts'

const shown = signal<{ readonly marks: readonly Marker[]; readonly names: readonly string[] } | undefined>(undefined)

/** Shows what changes did to some metrics. */
export function openChange(marks: readonly Marker[], names: readonly string[]): void {
  shown.value = { marks, names }
}

/** The dialog that {@link openChange} opens. */
export function ChangeDialog(): JSX.Element | null {
  const { detail } = useRun()
  if (shown.value === undefined) return null
  const { marks, names } = shown.value
  const key = detail.value?.row.key_metric?.name
  const wanted = [...new Set([...names, ...(key === undefined ? [] : [key])])]
  const [first] = marks
  const title = marks.length === 1 && first !== undefined ? describeChange(first) : `${marks.length} changes`
  return (
    <Dialog title={title} onClose={() => (shown.value = undefined)}>
      {marks.map((mark) => (
        <Change key={mark.seq} mark={mark} names={wanted} isAlone={marks.length === 1} />
      ))}
    </Dialog>
  )
}

function Change(props: {
  readonly mark: Marker
  readonly names: readonly string[]
  readonly isAlone: boolean
}): JSX.Element {
  const { mark, names, isAlone } = props
  const { commands, markers } = useRun()
  const [problem, setProblem] = useState('')
  const reverted = markers.value.find(({ reverts }) => reverts === mark.seq)
  const revert = async (): Promise<void> => {
    try {
      await commands.send([{ module: 'core', op: 'revert', params: { seq: mark.seq } }])
      shown.value = undefined
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <section>
      {!isAlone && <h3>{describeChange(mark)}</h3>}
      <dl class="pairs">
        <dt>Step</dt>
        <dd>{mark.step}</dd>
        <dt>Who</dt>
        <dd>
          {mark.author ?? mark.source}
          {mark.author === null ? '' : ` (${mark.source})`}, {dateTime(mark.wall_time)}
        </dd>
        {pairsOf(mark).map(([name, from, to]) => (
          <>
            <dt>{name}</dt>
            <dd>
              {from} → <b>{to}</b>
            </dd>
          </>
        ))}
        <dt>Ledger</dt>
        <dd>#{mark.seq}</dd>
      </dl>
      <EffectTable step={mark.step} names={names} />
      <div class="actions">
        {reverted === undefined ? (
          <button type="button" class="button" disabled={mark.old === null} onClick={() => void revert()}>
            Revert this change
          </button>
        ) : (
          <span class="muted">reverted by #{reverted.seq}</span>
        )}
      </div>
      <p role="alert">{problem}</p>
    </section>
  )
}

function pairsOf({ params, old }: Marker): [name: string, from: string, to: string][] {
  if (!isObject(params)) return []
  const before = isObject(old) ? old : {}
  return Object.entries(params).map(([name, value]) => [name, formatValue(before[name]), formatValue(value)])
}

function EffectTable({ step, names }: { readonly step: number; readonly names: readonly string[] }): JSX.Element {
  const run = useRun()
  const [windows, setWindows] = useState<readonly SeriesWindow[] | undefined>(undefined)
  useEffect(() => {
    const { first, last } = run.series.extent.value
    // As far as sixty points reach: metrics of every hundredth step need more steps than those of every one.
    const reach = Math.max(200, Math.ceil((last - first) * 0.15))
    const requests = names.map((name) => ({ name, from: step - reach, to: step + reach, pixels: 4000 }))
    send<{ readonly windows: readonly SeriesWindow[] }>(runPath(run.id, 'metrics/windows'), { requests }).then(
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
