import { useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatNumber } from '../../shared/describe.ts'
import { Swatch } from '../runs/swatch.tsx'
import { cssColor, isDark } from '../theme.ts'
import { AnnotationDots } from './annotation-dots.tsx'
import type { AxisKind } from './axis.ts'
import { ChartMenu } from './chart-menu.tsx'
import type { ChartSpec } from './chart-spec.ts'
import { setSpan } from './compare-view.ts'
import { cursorX, hoveredLine, type NearLine, nearLines } from './cursor.ts'
import { type AnnotationPlace, type LineAnnotation, placeLineAnnotations } from './line-annotations.ts'
import type { Line } from './lines.ts'
import { type Picture, paint, pictureInks, placeText, plotBox, projectionOf } from './paint.ts'
import { type Span, spanOfX, spanOfY } from './scales.ts'
import { canvasSurface } from './surface.ts'

const HEIGHT = 240
const MOST_NEAR = 8

/** One chart, which shows the same metric for all runs. */
export function CompareChart(props: {
  readonly spec: ChartSpec
  readonly lines: readonly Line[]
  /** The annotations on the runs that the lines show. Default: none. */
  readonly annotations?: readonly LineAnnotation[]
  readonly axis: AxisKind
  readonly span: Span | undefined
  readonly problem: string | null
  readonly isLoading: boolean
  readonly onSpec: (spec: ChartSpec | undefined) => void
  /** Whether the chart cannot be removed. */
  readonly isFixed?: boolean
}): JSX.Element {
  const { spec, lines, annotations = NO_ANNOTATIONS, axis, span, problem, isLoading, onSpec, isFixed = false } = props
  const host = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const measure = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    if (host.current !== null) measure.observe(host.current)
    return () => measure.disconnect()
  }, [])
  const picture = useMemo(
    () => pictureOf({ spec, lines, axis, span, width }),
    [JSON.stringify([spec, axis, span]), lines, width, isDark.value],
  )
  const places = useMemo(
    () => placeLineAnnotations(annotations, plotBox(picture), projectionOf(picture)),
    [picture, annotations],
  )
  const isEmpty = lines.every(({ xs }) => xs.length === 0)
  return (
    <figure class="card compare-chart" data-chart={spec.text} data-lines={lines.length}>
      <figcaption>
        <h2 class="cut" title={spec.text}>
          {spec.text}
        </h2>
        {lines.some(({ isComplete }) => !isComplete) && <span class="muted small-text">still being read</span>}
        <span class="spacer" />
        <ChartMenu spec={spec} picture={withNotes(picture, places)} onSpec={onSpec} isFixed={isFixed} />
      </figcaption>
      <div ref={host} class="compare-plot" style={{ height: `${HEIGHT}px` }}>
        {width > 0 && <Plot title={spec.text} picture={picture} />}
        {width > 0 && places.length > 0 && <AnnotationDots title={spec.text} places={places} />}
        {problem !== null && (
          <p class="compare-note issue" role="alert">
            {problem}
          </p>
        )}
        {problem === null && isEmpty && (
          <p class="compare-note muted">{isLoading ? 'Reading…' : 'None of the shown runs has this metric.'}</p>
        )}
      </div>
    </figure>
  )
}

const NO_ANNOTATIONS: readonly LineAnnotation[] = []

/** Adds the annotations to a picture that is being saved. On the page they are dots above the picture. */
function withNotes(picture: Picture, places: readonly AnnotationPlace[]): Picture {
  return {
    ...picture,
    notes: places.map(({ annotation, run, x, heights }) => ({
      step: x,
      value: heights[0] ?? null,
      text: `${run}: ${annotation.text}`,
    })),
  }
}

function pictureOf(part: {
  readonly spec: ChartSpec
  readonly lines: readonly Line[]
  readonly axis: AxisKind
  readonly span: Span | undefined
  readonly width: number
}): Picture {
  const spanX = part.span ?? spanOfX(part.lines)
  return {
    spec: part.spec,
    lines: part.lines,
    axis: part.axis,
    width: part.width,
    spanX,
    spanY: spanOfY(part.lines, spanX, part.spec),
    height: HEIGHT,
    inks: pictureInks(),
  }
}

function Plot({ title, picture }: { readonly title: string; readonly picture: Picture }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const rule = useRef<HTMLDivElement>(null)
  const shown = useRef(picture)
  shown.current = picture
  const [near, setNear] = useState<readonly NearLine[]>([])
  const { width, height, spanX, lines } = picture
  useEffect(() => {
    if (canvas.current !== null) paintOn(canvas.current, picture)
  }, [picture])
  useRule(rule, shown)
  const box = plotBox(picture)
  const brush = useRef<{ readonly from: number; to: number } | null>(null)
  const [brushed, setBrushed] = useState<Span | null>(null)
  const placeOf = (left: number): number => spanX[0] + ((left - box.left) / box.width) * (spanX[1] - spanX[0])
  const move = (event: PointerEvent & { readonly currentTarget: HTMLElement }): void => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    const [x, y] = [event.clientX - left, event.clientY - top]
    if (brush.current !== null) {
      brush.current.to = x
      setBrushed([Math.min(brush.current.from, x), Math.max(brush.current.from, x)])
    }
    nextFrame(() => {
      const value = placeOf(Math.min(box.left + box.width, Math.max(box.left, x)))
      cursorX.value = value
      const at = projectionOf(shown.current)
      const found = nearLines(shown.current.lines, value, (height) => Math.abs(at.y(height) - y), MOST_NEAR)
      setNear(found)
      hoveredLine.value = found[0]?.line.id ?? null
    })
  }
  const step = (event: KeyboardEvent): void => {
    if (event.key === '0') setSpan(undefined)
    const value = steppedTo(event.key, spanX)
    if (value === null) return
    event.preventDefault()
    cursorX.value = value
    setNear(nearLines(lines, value, (height) => -height, MOST_NEAR))
  }
  const leave = (): void => {
    nextFrame(() => undefined)
    cursorX.value = null
    setNear([])
    hoveredLine.value = null
  }
  return (
    <>
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
      <div
        class="compare-catch"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the cursor in the plot.
        tabIndex={0}
        role="img"
        aria-label={`Chart of ${title} with ${lines.length} lines. Arrow keys move the cursor, 0 shows everything.`}
        onKeyDown={step}
        onPointerMove={move}
        onPointerLeave={leave}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === 'touch') return
          const x = event.clientX - event.currentTarget.getBoundingClientRect().left
          event.currentTarget.setPointerCapture(event.pointerId)
          brush.current = { from: x, to: x }
        }}
        onPointerUp={() => {
          const drawn = brush.current
          brush.current = null
          setBrushed(null)
          if (drawn === null || Math.abs(drawn.to - drawn.from) < 5) return
          setSpan([placeOf(Math.min(drawn.from, drawn.to)), placeOf(Math.max(drawn.from, drawn.to))])
        }}
        onDblClick={() => setSpan(undefined)}
      />
      <div ref={rule} class="compare-rule" style={{ top: `${box.top}px`, height: `${box.height}px` }} />
      {brushed !== null && <Brush span={brushed} box={box} />}
      <Reading near={near} picture={picture} />
    </>
  )
}

/** Moves a chart's cursor line to the position of the shared cursor. */
function useRule(rule: Held<HTMLDivElement | null>, shown: Held<Picture>): void {
  useSignalEffect(() => {
    const x = cursorX.value
    if (rule.current !== null) moveRule(rule.current, shown.current, x)
  })
}

interface Held<Value> {
  readonly current: Value
}

/** Returns the position to which an arrow key moves the cursor, a hundredth of the span away; null for other keys. */
function steppedTo(key: string, [start, end]: Span): number | null {
  const by = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  return by === 0 ? null : Math.min(end, Math.max(start, (cursorX.value ?? start) + (by * (end - start)) / 100))
}

/** Shows the range selected by dragging, in pixels. */
function Brush({ span, box }: { readonly span: Span; readonly box: ReturnType<typeof plotBox> }): JSX.Element {
  const [from, to] = span
  const style = { left: `${from}px`, width: `${to - from}px`, top: `${box.top}px`, height: `${box.height}px` }
  return <div class="compare-brush" style={style} />
}

function Reading({
  near,
  picture,
}: {
  readonly near: readonly NearLine[]
  readonly picture: Picture
}): JSX.Element | null {
  const [first] = near
  if (first === undefined) return null
  const isRight = projectionOf(picture).x(first.x) > picture.width / 2
  return (
    <div class={`compare-reading ${isRight ? 'left' : 'right'}`}>
      <p class="muted">
        {picture.axis.kind === 'step' ? 'step ' : ''}
        {placeText(picture.axis, first.x, picture.spanX)}
      </p>
      {near.map(({ line, y }) => (
        <p key={line.id} class={line === first.line ? 'first' : ''}>
          <Swatch of={{ color: line.color, dash: line.dash ?? [] }} />
          <span class="cut">{line.label}</span>
          <b>{formatNumber(y)}</b>
        </p>
      ))}
    </div>
  )
}

function paintOn(canvas: HTMLCanvasElement, picture: Picture): void {
  const scale = devicePixelRatio
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  const ctx = canvas.getContext('2d')
  if (ctx === null) return
  ctx.scale(scale, scale)
  paint(canvasSurface(ctx, cssColor('--font')), picture)
}

function moveRule(rule: HTMLElement, picture: Picture, x: number | null): void {
  const isShown = x !== null && x >= picture.spanX[0] && x <= picture.spanX[1]
  rule.style.visibility = isShown ? 'visible' : 'hidden'
  if (isShown) rule.style.transform = `translateX(${projectionOf(picture).x(x)}px)`
}

let planned: (() => void) | undefined

/** Runs only the latest task of each frame. */
function nextFrame(task: () => void): void {
  const isPlanned = planned !== undefined
  planned = task
  if (isPlanned) return
  requestAnimationFrame(() => {
    const newest = planned
    planned = undefined
    newest?.()
  })
}
