import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Brush } from './filter.ts'
import type { DataAxis } from './sweep-data.ts'

/** An axis with its name and values. Dragging selects a range on it, a click removes the range, and arrow keys move its ends. */
export function BrushAxis(props: {
  readonly axis: DataAxis
  readonly brushes: Signal<ReadonlyMap<string, Brush>>
  readonly left: number
  readonly top: number
  readonly height: number
}): JSX.Element {
  const { axis, brushes, left, top, height } = props
  const from = useRef<{ readonly at: number; readonly offset: number; readonly id: number } | null>(null)
  const brush = brushes.value.get(axis.key)
  const heightAt = (event: PointerEvent, box: HTMLElement): number => {
    const rect = box.getBoundingClientRect()
    const at = 1 - (event.clientY - rect.top) / rect.height
    // A position near an end counts as the end, because it is hard to hit the outermost value exactly.
    return at > 1 - END ? 1 : at < END ? 0 : at
  }
  const set = (next: Brush | undefined): void => setBrush(brushes, axis.key, next)
  return (
    <div class="brush-axis" style={{ left: `${left}px`, top: `${top}px`, height: `${height}px` }}>
      <span class="axis-name cut" title={axis.name}>
        {axis.name}
      </span>
      <span class="axis-line" />
      {axis.ticks.map(({ at, text }) => (
        <span key={at} class="axis-tick" style={{ bottom: `${at * 100}%` }}>
          {text}
        </span>
      ))}
      {brush !== undefined && (
        <span
          class="axis-brush"
          style={{ bottom: `${brush.low * 100}%`, height: `${Math.max(0.8, (brush.high - brush.low) * 100)}%` }}
        />
      )}
      <button
        type="button"
        class="axis-catch"
        aria-label={`Range for ${axis.name}: ${brushText(axis, brush)}`}
        aria-keyshortcuts="ArrowUp ArrowDown Shift+ArrowUp Shift+ArrowDown Escape"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          const at = heightAt(event, event.currentTarget)
          from.current = { at, offset: event.clientY, id: event.pointerId }
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={(event) => {
          const start = from.current
          if (start === null || start.id !== event.pointerId || Math.abs(event.clientY - start.offset) < 3) return
          const at = heightAt(event, event.currentTarget)
          set({ low: Math.min(start.at, at), high: Math.max(start.at, at) })
        }}
        onPointerUp={(event) => {
          const start = from.current
          from.current = null
          if (start !== null && Math.abs(event.clientY - start.offset) < 3) set(undefined)
        }}
        onPointerCancel={() => (from.current = null)}
        onKeyDown={(event) => {
          const next = byKey(brush, event)
          if (next === null) return
          event.preventDefault()
          set(next)
        }}
      />
    </div>
  )
}

/** Changes or removes the range of one axis. */
export function setBrush(brushes: Signal<ReadonlyMap<string, Brush>>, key: string, brush: Brush | undefined): void {
  const next = new Map(brushes.value)
  if (brush === undefined) next.delete(key)
  else next.set(key, brush)
  brushes.value = next
}

/** Describes a range. */
export function brushText({ textAt }: DataAxis, brush: Brush | undefined): string {
  return brush === undefined ? 'all' : `${textAt(brush.low)} to ${textAt(brush.high)}`
}

const END = 0.025
const KEY_STEP = 0.05

/**
 * Returns the range after a key press; null for keys without an effect. Arrows move the lower end up; with Shift they move the
 * upper end down.
 */
function byKey(brush: Brush | undefined, { key, shiftKey }: KeyboardEvent): Brush | undefined | null {
  if (key === 'Escape' || key === 'Delete') return undefined
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return null
  const { low, high } = brush ?? { low: 0, high: 1 }
  const by = key === 'ArrowUp' ? KEY_STEP : -KEY_STEP
  const next = shiftKey
    ? { low, high: Math.min(1, Math.max(low, high + by)) }
    : { low: Math.max(0, Math.min(high, low + by)), high }
  return next.low <= 0 && next.high >= 1 ? undefined : next
}
