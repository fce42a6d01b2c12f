import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ChartOptions } from '../../compare/chart-spec.ts'

/**
 * Reserves space for a chart, and creates the chart only while it is near the visible part of the page, because a run may have
 * thousands of charts.
 */
export function ChartPlace(props: {
  readonly title: string
  /** Charts can be moved within their group. */
  readonly group: 'pinned' | 'own' | 'all'
  readonly options: ChartOptions
  readonly children: () => ComponentChildren
}): JSX.Element {
  const { title, group, options, children } = props
  const place = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(false)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    callbacks.set(element, setNear)
    observer.observe(element)
    return () => {
      observer.unobserve(element)
      callbacks.delete(element)
    }
  }, [])
  return (
    <div
      ref={place}
      class="chart-place"
      data-title={title}
      data-group={group}
      data-columns={options.columns}
      style={{ minHeight: options.height === null ? '' : `${options.height + AROUND}px` }}
    >
      {isNear && children()}
    </div>
  )
}

/** The height in pixels of a chart's parts above and below its plot. */
const AROUND = 78

const callbacks = new WeakMap<Element, (isNear: boolean) => void>()
// All charts share one observer: a thousand observers would be slow.
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) callbacks.get(target)?.(isIntersecting)
  },
  { rootMargin: '300px 0px' },
)
