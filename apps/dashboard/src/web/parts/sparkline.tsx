import type { JSX } from 'preact'
import type { Sparkline } from '../../shared/wire.ts'
import { pathOf } from './sparkline-path.ts'

/** A small line without axes: the course of a metric at a glance. */
export function SparklineView(props: {
  readonly line: Sparkline | undefined
  /** Lengths of line and gap in pixels. Default: a solid line. */
  readonly dash?: readonly number[]
}): JSX.Element {
  const { line, dash = [] } = props
  const path = line === undefined ? '' : pathOf(line)
  return (
    <svg class="spark" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true">
      {path !== '' && <path d={path} stroke-dasharray={dash.length === 0 ? undefined : dash.join(' ')} />}
    </svg>
  )
}
