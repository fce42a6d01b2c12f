import type { JSX } from 'preact'
import { formatNumber, formatStep } from '../../shared/describe.ts'
import type { Evidence } from '../../shared/evidence.ts'
import type { WireSeriesPoints } from '../../shared/wire.ts'
import './evidence-chart.css'

/** A chart of a metric around a step, with the level, the best value and the noise at that step. */
export function EvidenceChart(props: {
  readonly points: Pick<WireSeriesPoints, 'name' | 'steps' | 'values'>
  readonly step: number
  readonly evidence: Evidence | undefined
  /** The same information in words. */
  readonly label: string
}): JSX.Element | null {
  const { points, step, evidence, label } = props
  const frame = frameOf(points, step, evidence)
  if (frame === undefined) return null
  const { x, y, low, high, first, last } = frame
  const at = x(step) / WIDTH
  return (
    <figure class="evidence">
      <div class="evidence-plot">
        <span class="high">{formatNumber(high)}</span>
        <span class="low">{formatNumber(low)}</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
          {evidence !== undefined && <Seen evidence={evidence} step={step} x={x} y={y} />}
          <path class="before" d={pathOf(points, x, y, (at) => at <= step)} />
          <path class="after" d={pathOf(points, x, y, (at) => at >= step)} />
          <path class="step" d={`M${x(step)} 0V${HEIGHT}`} />
        </svg>
      </div>
      <div class="evidence-steps" aria-hidden="true">
        <span>{at > NEAR && formatStep(first)}</span>
        <b style={{ left: `${at * 100}%` }}>{formatStep(step)}</b>
        <span>{at < 1 - NEAR && formatStep(last)}</span>
      </div>
      <figcaption class="muted small-text">{label}</figcaption>
    </figure>
  )
}

const WIDTH = 640
/** A fraction of the width. If the step is closer to an end than this, its label replaces the label at that end. */
const NEAR = 0.12
const HEIGHT = 140
type Scale = (value: number) => number

function Seen(props: {
  readonly evidence: Evidence
  readonly step: number
  readonly x: Scale
  readonly y: Scale
}): JSX.Element {
  const { evidence, step, x, y } = props
  const { level, levelStep, best, bestStep, noise } = evidence
  const top = y(level + noise)
  return (
    <>
      <rect
        class="noise"
        x={x(levelStep)}
        width={Math.max(2, x(step) - x(levelStep))}
        y={top}
        height={Math.max(1, y(level - noise) - top)}
      />
      <path class="level" d={`M${x(levelStep)} ${y(level)}H${x(step)}`} />
      <path class="best" d={`M${x(bestStep)} ${y(best)}H${x(step)}`} />
    </>
  )
}

interface Frame {
  readonly x: Scale
  readonly y: Scale
  readonly low: number
  readonly high: number
  readonly first: number
  readonly last: number
}

function frameOf(
  { steps, values }: Pick<WireSeriesPoints, 'steps' | 'values'>,
  step: number,
  evidence: Evidence | undefined,
): Frame | undefined {
  const finite = values.filter((value) => typeof value === 'number')
  if (finite.length < 2) return undefined
  const seen =
    evidence === undefined ? [] : [evidence.best, evidence.level + evidence.noise, evidence.level - evidence.noise]
  const low = Math.min(...finite, ...seen)
  const high = Math.max(...finite, ...seen)
  const first = Math.min(steps[0] ?? step, step)
  const last = Math.max(steps.at(-1) ?? step, step)
  const width = last - first || 1
  const height = high - low || 1
  return {
    x: (at) => ((Math.max(first, at) - first) / width) * WIDTH,
    y: (value) => HEIGHT - PAD - ((value - low) / height) * (HEIGHT - 2 * PAD),
    ...{ low, high, first, last },
  }
}

const PAD = 6

function pathOf(
  { steps, values }: Pick<WireSeriesPoints, 'steps' | 'values'>,
  x: Scale,
  y: Scale,
  isShown: (step: number) => boolean,
): string {
  let path = ''
  let isOpen = false
  for (const [i, step] of steps.entries()) {
    const value = values[i]
    if (!isShown(step) || value === null || value === undefined) {
      isOpen = false
      continue
    }
    path += `${isOpen ? 'L' : 'M'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`
    isOpen = true
  }
  return path
}
