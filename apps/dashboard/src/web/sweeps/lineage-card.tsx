import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { LineageStep, SweepLineage } from '../../shared/sweeps/sweep-wire.ts'
import { ticksIn } from '../compare/scales.ts'
import { cellText, type SweepData } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'
import { openTrial } from './trial-dialog.tsx'
import { useRepeated } from './use-repeated.ts'
import { useWidth } from './use-width.ts'
import { colorOf } from './value-colors.ts'

const ROW = 26
const TOP = 8
const BOTTOM = 24
const LEFT = 64
/** The maximum number of members. If there are more, the best are shown, with the members that they descend from. */
const MOST_MEMBERS = 40

/**
 * Shows a population's members over their steps. An arrow shows that a member continued from another member's checkpoint.
 */
export function LineageCard({ store }: { readonly store: SweepStore }): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const lineage = useRepeated<SweepLineage>(`sweeps/${encodeURIComponent(store.id)}/lineage`, 4000)
  const steps = lineage?.steps.filter(({ outcome }) => outcome !== 'failed') ?? []
  return (
    <section class="card panel" aria-label="Lineage">
      <header>
        <h2>Lineage</h2>
        <span class="muted small-text">
          An arrow points to a member that continued from another member's checkpoint. A dashed line leads from the step
          at which it stopped to the step of that checkpoint.
        </span>
      </header>
      <div ref={box}>
        <Lanes store={store} steps={steps} width={width} />
      </div>
    </section>
  )
}

function Lanes(props: {
  readonly store: SweepStore
  readonly steps: readonly LineageStep[]
  readonly width: number
}): JSX.Element {
  const { store, steps, width } = props
  const { data } = store.data.value
  const members = membersOf(data, steps)
  const laneOf = new Map(members.map((i, at) => [i, at]))
  const last = Math.max(1, ...data.step.map((step) => step ?? 0), ...steps.map(({ step }) => step))
  const colors = store.colors.value
  const height = TOP + members.length * ROW + BOTTOM
  const x = (step: number): number => LEFT + (step / last) * (width - LEFT - 16)
  const y = (i: number): number => TOP + ((laneOf.get(i) ?? 0) + 0.5) * ROW
  return (
    <svg
      class="lineage"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label="Lineage"
    >
      <defs>
        <marker id="lineage-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">
          <path d="M0 0L8 4L0 8z" />
        </marker>
      </defs>
      {ticksIn([0, last], width / 110).map((step) => (
        <text key={step} x={x(step)} y={height - 6} text-anchor="middle">
          {step}
        </text>
      ))}
      {members.map((i) => {
        const place = data.places.get(i) ?? -1
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: keyboard users reach the same trials in the table.
          <g key={i} onClick={() => openTrial(i)}>
            <text x={LEFT - 10} y={y(i) + 4} text-anchor="end">{`trial ${i}`}</text>
            <line
              x1={x(0)}
              x2={x(data.step[place] ?? 0)}
              y1={y(i)}
              y2={y(i)}
              style={{ stroke: colorOf(colors[place] ?? 8) }}
            />
          </g>
        )
      })}
      {steps.map((one) =>
        laneOf.has(one.trial) ? (
          <path
            key={`${one.trial}-${one.step}`}
            class="left"
            d={`M${x(one.step)} ${y(one.trial)}H${x(one.donor_step)}`}
          >
            <title>{stepText(one)}</title>
          </path>
        ) : null,
      )}
      {steps.map((one) =>
        laneOf.has(one.trial) && laneOf.has(one.from) ? (
          <path
            key={`${one.trial}-${one.step}`}
            class="exploit"
            marker-end="url(#lineage-arrow)"
            d={arrow(x(one.donor_step), y(one.from), y(one.trial))}
          >
            <title>{stepText(one)}</title>
          </path>
        ) : null,
      )}
    </svg>
  )
}

/**
 * Returns the path of an arrow from the trial that saved the checkpoint to the trial that continued from it, at the checkpoint's
 * step. It is curved, so that arrows at the same step do not hide each other.
 */
function arrow(x: number, from: number, to: number): string {
  const bend = 10 + Math.abs(to - from) / 4
  return `M${x} ${from}Q${x - bend} ${(from + to) / 2} ${x} ${to}`
}

function membersOf({ index, value }: SweepData, steps: readonly LineageStep[]): readonly number[] {
  if (index.length <= MOST_MEMBERS) return index
  const donors = new Set(steps.map(({ from }) => from))
  const rank = (at: number): number => (donors.has(index[at] ?? -1) ? 0 : value[at] === null ? 2 : 1)
  const order = index.map((_, at) => at).sort((a, b) => rank(a) - rank(b) || a - b)
  return order.slice(0, MOST_MEMBERS).map((at) => index[at] ?? 0)
}

function stepText({ trial, step, from, donor_step: at, params }: LineageStep): string {
  const values = Object.entries(params).map(([name, value]) => `${name}=${cellText(value)}`)
  return `trial ${trial} at step ${step}: continues from trial ${from} at step ${at} with ${values.join(' ')}`
}
