import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { type Lane, spanOfLanes } from '../../../shared/tree/lanes.ts'
import { ticksIn } from '../../compare/scales.ts'
import { follows, runHref } from '../../route.ts'
import { useWidth } from '../../sweeps/use-width.ts'

const ROW = 28
const BOTTOM = 22
const EDGE = 10

/**
 * Shows the lanes of a tree over their steps: a line for each lane, a dot for each checkpoint, and a curve where a lane branches
 * off.
 */
export function TreeChart({ lanes, run }: { readonly lanes: readonly Lane[]; readonly run: string }): JSX.Element {
  return (
    <div class="tree">
      <ul aria-label="Branches">
        {lanes.map((lane) => (
          <Label key={lane.key} lane={lane} isHere={lane.run === run} />
        ))}
      </ul>
      <Lines lanes={lanes} />
    </div>
  )
}

function Label({ lane, isHere }: { readonly lane: Lane; readonly isHere: boolean }): JSX.Element {
  const { label, kind, run, from, to, depth } = lane
  const href = runHref(run)
  const extent = `steps ${from} to ${to}`
  const indent = { paddingLeft: `${Math.min(depth, 6) * 12}px` }
  return (
    <li
      style={indent}
      data-lane={kind}
      title={`${label}, ${extent}`}
      aria-current={kind === 'now' ? 'true' : undefined}
    >
      {isHere ? (
        <span class="cut">{label}</span>
      ) : (
        <a class="cut" href={href} onClick={(event) => follows(event, href)}>
          {label}
        </a>
      )}
      <span class="visually-hidden">
        , {extent}
        {kind === 'left' ? ', left' : ''}
      </span>
    </li>
  )
}

function Lines({ lanes }: { readonly lanes: readonly Lane[] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const span = spanOfLanes(lanes)
  const height = lanes.length * ROW + BOTTOM
  const x = (step: number): number => EDGE + ((step - span[0]) / (span[1] - span[0])) * (width - 2 * EDGE)
  const y = (at: number): number => (at + 0.5) * ROW
  return (
    <div ref={box} class="lines">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
        {ticksIn(span, width / 90)
          .filter(Number.isInteger)
          .map((step) => (
            <g key={step}>
              <line class="tick" x1={x(step)} x2={x(step)} y1={0} y2={height - BOTTOM} />
              <text x={x(step)} y={height - 6} text-anchor={x(step) > width - 2 * EDGE ? 'end' : 'middle'}>
                {step}
              </text>
            </g>
          ))}
        {lanes.map((lane, at) => (
          <g key={lane.key} class={`lane ${lane.kind}`}>
            {lane.above !== null && <path class="fork" d={forkPath(x(lane.from), y(lane.above), y(at))} />}
            <line x1={x(lane.from)} x2={Math.max(x(lane.to), x(lane.from) + 2)} y1={y(at)} y2={y(at)} />
            {lane.checkpoints.map(({ tag, step }) =>
              step === null ? null : (
                <circle key={tag} cx={x(step)} cy={y(at)} r={4}>
                  <title>{`${tag}, step ${step}`}</title>
                </circle>
              ),
            )}
          </g>
        ))}
      </svg>
    </div>
  )
}

/** Returns the curve from the lane above down to this one, rounded at its end. */
function forkPath(x: number, from: number, to: number): string {
  return `M${x - 8} ${from}Q${x} ${from} ${x} ${from + 8}V${to}`
}
