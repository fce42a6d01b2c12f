import type { JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { SweepDecisions } from '../../shared/sweeps/sweep-wire.ts'
import { robustSpan } from './plane.ts'
import { cellText } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'
import { openTrial } from './trial-dialog.tsx'
import { useRepeated } from './use-repeated.ts'
import { useWidth } from './use-width.ts'

const HEIGHT = 240
const TOP = 30
const BOTTOM = 24
const LEFT = 60
/** Rungs that are narrower than this have a short heading. */
const ROOMY = 190
/** If a rung has more trials than this, a sample is drawn. */
const MOST_DOTS = 250

interface Judged {
  readonly trial: number
  readonly value: number | null
  readonly verdict: string
  readonly ahead: number | null
  readonly cohort: number | null
}

/** Shows the rungs at which trials were compared. Each trial is a dot at its value, which shows whether it continued. */
export function RungsCard({ store }: { readonly store: SweepStore }): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const decisions = useRepeated<SweepDecisions>(`sweeps/${encodeURIComponent(store.id)}/decisions`, 4000)
  const rungs = useMemo(() => rungsOf(decisions), [decisions])
  const { data } = store.data.value
  const kept = new Set([...store.kept.value].map((place) => data.index[place] ?? -1))
  return (
    <section class="card panel" aria-label="Rungs">
      <header>
        <h2>Rungs</h2>
        <span class="key good">continued</span>
        <span class="key bad">pruned</span>
      </header>
      <div ref={box} style={{ minHeight: `${HEIGHT}px` }}>
        {rungs.length === 0 ? (
          <p class="muted">No trial has been judged yet.</p>
        ) : (
          <RungPicture rungs={rungs} width={width} kept={kept} isFiltered={store.isFiltered.value} />
        )}
      </div>
    </section>
  )
}

type Rung = readonly [step: number, judged: readonly Judged[]]

function rungsOf(decisions: SweepDecisions | undefined): readonly Rung[] {
  if (decisions === undefined) return []
  const rungs = new Map<number, Judged[]>()
  for (const [at, trial] of decisions.trial.entries()) {
    const step = decisions.step[at]
    const planner = decisions.planner[at]
    if (step === null || step === undefined || planner === 'pbt' || planner === 'stages') continue
    const judged = rungs.get(step) ?? []
    judged.push({
      trial,
      value: decisions.value[at] ?? null,
      verdict: decisions.verdict[at] ?? '',
      ahead: decisions.ahead[at] ?? null,
      cohort: decisions.cohort[at] ?? null,
    })
    rungs.set(step, judged)
  }
  return [...rungs].sort(([a], [b]) => a - b)
}

function RungPicture(props: {
  readonly rungs: readonly Rung[]
  readonly width: number
  readonly kept: ReadonlySet<number>
  readonly isFiltered: boolean
}): JSX.Element {
  const { rungs, width, kept, isFiltered } = props
  const values = rungs.flatMap(([, judged]) => judged.flatMap(({ value }) => value ?? []))
  const [low, high] = robustSpan(values)
  const y = (value: number): number => {
    const share = Math.min(1, Math.max(0, (value - low) / (high - low || 1)))
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
  }
  const lane = (width - LEFT) / rungs.length
  return (
    <svg class="rungs" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="img" aria-label="Rungs">
      {[0, 0.5, 1].map((share) => (
        <text key={share} x={LEFT - 10} y={y(low + share * (high - low)) + 4} text-anchor="end">
          {cellText(low + share * (high - low))}
        </text>
      ))}
      {rungs.map(([step, judged], at) => {
        const left = LEFT + at * lane
        const on = judged.filter(({ verdict }) => verdict !== 'prune').length
        return (
          <g key={step}>
            <line x1={left + lane / 2} x2={left + lane / 2} y1={TOP} y2={HEIGHT - BOTTOM} />
            <text class="name" x={left + lane / 2} y={14} text-anchor="middle">
              {lane < ROOMY
                ? `${step}: ${on} of ${judged.length}`
                : `step ${step}: ${on} of ${judged.length} continued`}
            </text>
            {sampled(judged).map((one) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: keyboard users reach the same trials in the table.
              <circle
                key={one.trial}
                class={`${one.verdict === 'prune' ? 'bad' : 'good'} ${isFiltered && !kept.has(one.trial) ? 'dim' : ''}`}
                cx={left + lane / 2 + spread(one.trial) * Math.min(lane * 0.8, 160)}
                cy={one.value === null ? HEIGHT - BOTTOM + 8 : y(one.value)}
                r={judged.length > 80 ? 2.5 : 4}
                onClick={() => openTrial(one.trial)}
              >
                <title>{judgedText(one)}</title>
              </circle>
            ))}
          </g>
        )
      })}
    </svg>
  )
}

function judgedText({ trial, value, verdict, ahead, cohort }: Judged): string {
  const rank = ahead === null || cohort === null ? '' : `, rank ${ahead + 1} of ${cohort}`
  return `trial ${trial}: ${value === null ? 'no value' : cellText(value)}${rank}, ${verdict}`
}

function sampled(judged: readonly Judged[]): readonly Judged[] {
  const nth = Math.ceil(judged.length / MOST_DOTS)
  return judged.filter((_, at) => at % nth === 0)
}

/** Spreads dots of equal values horizontally. The offset is between -0.5 and 0.5, and always the same for a trial. */
function spread(trial: number): number {
  return ((trial * 0.618_033_988_75) % 1) - 0.5
}
