import { useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isDark } from '../theme.ts'
import { type Curve, type CurveStore, MOST_CURVES, openCurveStore } from './curve-store.ts'
import { createPainter, fitCanvas } from './painter.ts'
import { clipTo, createPlane, type Plane, paintGrid, robustSpan } from './plane.ts'
import type { SweepStore } from './sweep-store.ts'
import { useWidth } from './use-width.ts'
import { colorOf } from './value-colors.ts'

const HEIGHT = 280

interface Box {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Shows the learning curves of the trials. A box drawn on them filters the trials to those whose curves pass through it. */
export function Curves({ store }: { readonly store: SweepStore }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(frame)
  const curves = useMemo(() => openCurveStore(store), [store])
  useEffect(() => () => curves.close(), [curves])
  const plane = useMemo(() => planeOf(curves.curves.value, width), [curves.curves.value, width])
  usePicture(store, curves, canvas, plane)
  const found = curves.curves.value.size
  const isCut = store.inBox.value === null && store.kept.value.length > MOST_CURVES
  return (
    <section class="card panel" aria-label="Learning curves">
      <header>
        <h2>Learning curves</h2>
        <span class="muted small-text">
          {found === 0
            ? 'No trial has reported a curve.'
            : 'Drag a box to keep the trials whose curves pass through it.'}
          {isCut && ` The ${MOST_CURVES} best are shown.`}
        </span>
        <span class="spacer" />
        {store.inBox.value !== null && (
          <button type="button" class="button small" onClick={() => (store.inBox.value = null)}>
            Remove the box
          </button>
        )}
      </header>
      <div ref={frame} class="curve-frame" data-curves={found} style={{ height: `${HEIGHT}px` }}>
        <canvas ref={canvas} />
        <BoxLayer store={store} curves={curves} plane={plane} />
      </div>
    </section>
  )
}

function planeOf(curves: ReadonlyMap<number, Curve>, width: number): Plane {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const values: number[] = []
  for (const curve of curves.values()) {
    first = Math.min(first, curve.steps[0] ?? first)
    last = Math.max(last, curve.steps.at(-1) ?? last)
    for (const value of curve.values) values.push(value)
  }
  return createPlane(width, HEIGHT, first <= last ? [first, Math.max(last, first + 1)] : [0, 1], robustSpan(values))
}

function usePicture(
  store: SweepStore,
  curves: CurveStore,
  canvas: { readonly current: HTMLCanvasElement | null },
  plane: Plane,
): void {
  const painter = useRef(createPainter())
  const now = useRef(plane)
  now.current = plane
  const paint = (): void => paintCurves(store, curves, canvas.current, painter.current, now.current)
  useEffect(() => () => painter.current.stop(), [])
  useEffect(paint, [plane])
  useSignalEffect(paint)
}

function paintCurves(
  store: SweepStore,
  { curves, shown }: CurveStore,
  canvas: HTMLCanvasElement | null,
  painter: ReturnType<typeof createPainter>,
  plane: Plane,
): void {
  const { data } = store.data.value
  const kept = new Set([...store.kept.value].map((place) => data.index[place] ?? -1))
  const colors = store.colors.value
  void isDark.value
  const all = shown.value.flatMap((i) => curves.value.get(i) ?? [])
  // Curves that the filters exclude are drawn first, then the others from worst to best.
  const inOrder = [...all].reverse().sort((a, b) => Number(kept.has(a.i)) - Number(kept.has(b.i)))
  if (canvas === null) return
  const ctx = fitCanvas(canvas, plane.width, plane.height)
  if (ctx === null) return
  const clear = (): void => {
    ctx.clearRect(0, 0, plane.width, plane.height)
    paintGrid(ctx, plane)
  }
  painter.start(Math.max(1, inOrder.length), clear, (from, to) => {
    clipTo(ctx, plane)
    ctx.lineWidth = inOrder.length > 60 ? 1 : 1.5
    for (const curve of inOrder.slice(from, to)) {
      const isKept = kept.has(curve.i)
      ctx.globalAlpha = isKept ? 0.75 : 0.12
      ctx.strokeStyle = colorOf(isKept ? (colors[data.places.get(curve.i) ?? -1] ?? 8) : 8)
      trace(ctx, curve, plane)
    }
    ctx.restore()
  })
}

function trace(ctx: CanvasRenderingContext2D, { steps, values }: Curve, plane: Plane): void {
  ctx.beginPath()
  for (const [at, step] of steps.entries()) {
    const [x, y] = [plane.x(step), plane.y(values[at] ?? 0)]
    if (at === 0) ctx.moveTo(x, y)
    else ctx.lineTo(x, y)
  }
  ctx.stroke()
  // A single value is drawn as a point.
  if (steps.length === 1) ctx.strokeRect(plane.x(steps[0] ?? 0) - 1, plane.y(values[0] ?? 0) - 1, 2, 2)
}

/** Handles the pointer, and shows the box. */
function BoxLayer(props: {
  readonly store: SweepStore
  readonly curves: CurveStore
  readonly plane: Plane
}): JSX.Element {
  const { store, curves, plane } = props
  const [box, setBox] = useState<Box | null>(null)
  const from = useRef<{ readonly x: number; readonly y: number } | null>(null)
  const isShown = box !== null && (from.current !== null || store.inBox.value !== null)
  const apply = (next: Box): void => {
    setBox(next)
    store.inBox.value = passingBox(curves.curves.value, plane, next)
  }
  return (
    <div
      class="curve-catch"
      onPointerDown={(event) => {
        if (event.button !== 0) return
        from.current = placeIn(event)
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        const start = from.current
        if (start === null) return
        const { x, y } = placeIn(event)
        if (Math.abs(x - start.x) < 4 && Math.abs(y - start.y) < 4) return
        apply({
          x1: Math.min(start.x, x),
          y1: Math.min(start.y, y),
          x2: Math.max(start.x, x),
          y2: Math.max(start.y, y),
        })
      }}
      onPointerUp={(event) => {
        const start = from.current
        from.current = null
        const { x, y } = placeIn(event)
        if (start !== null && Math.abs(x - start.x) < 4 && Math.abs(y - start.y) < 4) store.inBox.value = null
      }}
      onPointerCancel={() => (from.current = null)}
    >
      {isShown && (
        <span
          class="curve-box"
          style={{
            left: `${box.x1}px`,
            top: `${box.y1}px`,
            width: `${box.x2 - box.x1}px`,
            height: `${box.y2 - box.y1}px`,
          }}
        />
      )}
    </div>
  )
}

function placeIn(event: PointerEvent): { readonly x: number; readonly y: number } {
  // This must be the layer itself, which has the listener.
  const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect()
  return { x: event.clientX - left, y: event.clientY - top }
}

/** Returns the trials whose curves have a point in a box. */
function passingBox(curves: ReadonlyMap<number, Curve>, plane: Plane, box: Box): ReadonlySet<number> {
  const [fromStep, high] = plane.valuesAt(box.x1, box.y1)
  const [toStep, low] = plane.valuesAt(box.x2, box.y2)
  const found = new Set<number>()
  for (const { i, steps, values } of curves.values()) {
    const passes = steps.some((step, at) => {
      const value = values[at] ?? Number.NaN
      return step >= fromStep && step <= toStep && value >= low && value <= high
    })
    if (passes) found.add(i)
  }
  return found
}
