import type { JSX } from 'preact'
import type { Sparkline } from '../../shared/wire.ts'
import { pathOf } from './sparkline-path.ts'

/** Draws a small line without axes, which shows a metric's curve at a glance. */
export function SparklineView(props: {
  readonly line: Sparkline | undefined
  /** Lengths of dash and gap in pixels. Default: a solid line. */
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
