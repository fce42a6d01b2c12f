import { useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { isDark } from '../theme.ts'
import { BrushAxis } from './brush-axis.tsx'
import { createPainter, fitCanvas, mixedOrder } from './painter.ts'
import type { DataAxis } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'
import { useWidth } from './use-width.ts'
import { COLORS, colorOf } from './value-colors.ts'

const HEIGHT = 300
const TOP = 34
const BOTTOM = 14
const SIDE = 64
/** The minimum distance between two axes in pixels. If there is less room, the plot scrolls. */
const LEAST_GAP = 92

/** Draws each trial as a line across the axes of the parameters. A range selected on an axis filters the whole page. */
export function Parallel({ store }: { readonly store: SweepStore }): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const back = useRef<HTMLCanvasElement>(null)
  const front = useRef<HTMLCanvasElement>(null)
  const room = useWidth(box)
  const axes = store.axes.value
  const width = Math.max(room, 2 * SIDE + LEAST_GAP * (axes.length - 1))
  usePictures(store, { back, front, width })
  return (
    <section class="card panel" aria-label="Parallel coordinates">
      <header>
        <h2>Parallel coordinates</h2>
        <span class="muted small-text">Drag on an axis to select a range.</span>
        <span class="spacer" />
        <ColorKey />
      </header>
      <div
        ref={box}
        class="parallel-box"
        data-lines={store.kept.value.length}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
        tabIndex={0}
        role="group"
        aria-label="Axes"
      >
        {axes.length === 0 ? (
          <p class="muted">No parameter varies yet.</p>
        ) : (
          <div class="parallel" style={{ width: `${width}px`, height: `${HEIGHT}px` }}>
            <canvas ref={back} />
            <canvas ref={front} />
            {axes.map((axis, at) => (
              <BrushAxis
                key={axis.key}
                axis={axis}
                brushes={store.brushes}
                left={xOf(at, axes.length, width)}
                top={TOP}
                height={HEIGHT - TOP - BOTTOM}
              />
            ))}
          </div>
        )}
      </div>
    </section>
  )
}

function xOf(at: number, count: number, width: number): number {
  return count === 1 ? width / 2 : SIDE + (at * (width - 2 * SIDE)) / (count - 1)
}

interface Pictures {
  readonly back: { readonly current: HTMLCanvasElement | null }
  readonly front: { readonly current: HTMLCanvasElement | null }
  readonly width: number
}

/**
 * Draws two layers: all trials in a pale colour, and on top the trials that match the filters. While a person drags a range, only the
 * second one changes.
 */
function usePictures(store: SweepStore, { back, front, width }: Pictures): void {
  const painters = useRef({ back: createPainter(), front: createPainter() })
  useEffect(() => () => Object.values(painters.current).forEach((one) => void one.stop()), [])
  useEffect(() => {
    const axes = store.axes.value
    const all = mixedOrder(Int32Array.from(store.data.value.data.index, (_, place) => place))
    paintLines(back.current, painters.current.back, { axes, places: all, width, colors: null })
  }, [store.data.value, store.axes.value, width, isDark.value])
  useSignalEffect(() => {
    const axes = store.axes.value
    const colors = store.colors.value
    void isDark.value
    paintLines(front.current, painters.current.front, { axes, places: mixedOrder(store.kept.value), width, colors })
  })
  // The effect above does not depend on the width.
  useEffect(() => {
    const colors = store.colors.value
    const places = mixedOrder(store.kept.value)
    paintLines(front.current, painters.current.front, { axes: store.axes.value, places, width, colors })
  }, [width])
}

interface Lines {
  readonly axes: readonly DataAxis[]
  readonly places: Int32Array
  readonly width: number
  /** The colour of each trial; null draws all trials in one pale colour. */
  readonly colors: Uint8Array | null
}

function paintLines(
  canvas: HTMLCanvasElement | null,
  painter: ReturnType<typeof createPainter>,
  { axes, places, width, colors }: Lines,
): void {
  if (canvas === null) return
  const ctx = fitCanvas(canvas, width, HEIGHT)
  if (ctx === null) return
  const xs = axes.map((_, at) => xOf(at, axes.length, width))
  const many = places.length > 300
  const clear = (): void => {
    ctx.clearRect(0, 0, width, HEIGHT)
    ctx.lineWidth = many ? 0.75 : 1.25
    ctx.globalAlpha = colors === null ? (many ? 0.05 : 0.25) : many ? 0.4 : 0.8
  }
  painter.start(places.length, clear, (from, to) => {
    if (colors === null) {
      strokeLines(ctx, axes, xs, places.subarray(from, to), colorOf(COLORS))
      return
    }
    // The best trials are painted last, on top of the others.
    for (let color = COLORS; color >= 0; color--) {
      const some = places.subarray(from, to).filter((place) => colors[place] === color)
      if (some.length > 0) strokeLines(ctx, axes, xs, some, colorOf(color))
    }
  })
}

function strokeLines(
  ctx: CanvasRenderingContext2D,
  axes: readonly DataAxis[],
  xs: readonly number[],
  places: Int32Array,
  color: string,
): void {
  const span = HEIGHT - TOP - BOTTOM
  ctx.strokeStyle = color
  ctx.beginPath()
  for (const place of places) {
    let isDown = false
    for (let at = 0; at < axes.length; at++) {
      const height = axes[at]?.heights[place] ?? Number.NaN
      const x = xs[at] ?? 0
      // A line has a gap where its trial lacks the parameter.
      if (Number.isNaN(height)) isDown = false
      else if (isDown) ctx.lineTo(x, TOP + span * (1 - height))
      else {
        ctx.moveTo(x, TOP + span * (1 - height))
        isDown = true
      }
    }
  }
  ctx.stroke()
}

function ColorKey(): JSX.Element {
  return (
    <span class="color-key small-text muted">
      best
      <span class="swatches" aria-hidden="true">
        {Array.from({ length: COLORS }, (_, color) => (
          <i key={color} style={{ background: colorOf(color) }} />
        ))}
      </span>
      worst
    </span>
  )
}
