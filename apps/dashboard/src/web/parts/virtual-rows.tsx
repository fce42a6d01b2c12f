import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** The position of a row. */
export type RowStyle = { readonly top: string; readonly height: string }

/** A long list of rows with equal heights. Only the visible rows are created. */
export interface VirtualRowsProps<Item> {
  readonly items: readonly Item[]
  readonly rowHeight: number
  readonly keyOf: (item: Item) => string | number
  readonly children: (item: Item, style: RowStyle, index: number) => ComponentChildren
  /** Receives the visible part. */
  readonly onSight?: (items: readonly Item[], start: number) => void
}

/** Shows the visible rows of a list, and a few around them. */
export function VirtualRows<Item>(props: VirtualRowsProps<Item>): JSX.Element {
  const { items, rowHeight, children, keyOf, onSight } = props
  const box = useRef<HTMLDivElement>(null)
  const [range, setRange] = useState({ start: 0, end: 40 })
  useEffect(() => {
    const measure = (): void => {
      const rect = box.current?.getBoundingClientRect()
      if (rect === undefined) return
      const start = Math.max(0, Math.floor(-rect.top / rowHeight) - MARGIN)
      const end = Math.max(0, Math.ceil((innerHeight - rect.top) / rowHeight) + MARGIN)
      setRange((before) => (before.start === start && before.end === end ? before : { start, end }))
    }
    measure()
    addEventListener('scroll', measure, { passive: true, capture: true })
    addEventListener('resize', measure)
    // Content above the list may grow or shrink, which moves the rows without a scroll event.
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => {
      observer.disconnect()
      removeEventListener('scroll', measure, { capture: true })
      removeEventListener('resize', measure)
    }
  }, [rowHeight, items.length])
  const { start } = range
  const end = Math.min(items.length, range.end)
  const shown = items.slice(start, end)
  useEffect(() => onSight?.(shown, start), [start, end, items])
  return (
    <div ref={box} class="virtual" style={{ height: `${items.length * rowHeight}px` }}>
      {shown.map((item, i) => (
        <VirtualRow key={keyOf(item)}>
          {children(item, { top: `${(start + i) * rowHeight}px`, height: `${rowHeight}px` }, start + i)}
        </VirtualRow>
      ))}
    </div>
  )
}

const MARGIN = 8

function VirtualRow({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <>{children}</>
}
