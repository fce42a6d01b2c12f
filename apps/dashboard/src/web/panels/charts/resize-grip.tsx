import type { JSX } from 'preact'
import type uPlot from 'uplot'
import { type ChartOptions, clamp, LEAST_HEIGHT, MOST_COLUMNS, MOST_HEIGHT } from '../../compare/chart-spec.ts'
import { withOptions } from './layout.ts'
import { chartLayout, setLayout } from './view.ts'

/** The corner of a chart, which resizes it when it is dragged with a mouse or a finger. The chart's menu does the same for the keyboard. */
export function ResizeGrip(props: {
  readonly title: string
  readonly options: ChartOptions
  /** The current height in pixels. */
  readonly height: number
  readonly plot: { readonly current: uPlot | undefined }
}): JSX.Element {
  const { title, options, height, plot } = props
  const begin = (event: PointerEvent & { readonly currentTarget: HTMLElement }): void => {
    if (event.button !== 0) return
    event.preventDefault()
    const grip = event.currentTarget
    const [startX, startY] = [event.clientX, event.clientY]
    const columnWidth = (grip.closest('.chart')?.clientWidth ?? 400) / options.columns
    let [nextHeight, columns] = [height, options.columns]
    const move = (moved: PointerEvent): void => {
      nextHeight = clamp(Math.round(height + moved.clientY - startY), LEAST_HEIGHT, MOST_HEIGHT)
      columns = clamp(options.columns + Math.round((moved.clientX - startX) / columnWidth), 1, MOST_COLUMNS)
      plot.current?.setSize({ width: plot.current.width, height: nextHeight })
      placeOf(grip)?.setAttribute('data-columns', String(columns))
    }
    const end = (): void => {
      grip.removeEventListener('pointermove', move)
      grip.removeEventListener('pointerup', end)
      grip.removeEventListener('pointercancel', end)
      if (nextHeight === height && columns === options.columns) return
      setLayout(withOptions(chartLayout(), title, { ...options, height: nextHeight, columns }))
    }
    grip.setPointerCapture(event.pointerId)
    grip.addEventListener('pointermove', move)
    grip.addEventListener('pointerup', end)
    grip.addEventListener('pointercancel', end)
  }
  return <div class="resize-grip" aria-hidden="true" title="Drag to resize" onPointerDown={begin} />
}

/** Returns the element that contains a chart in the grid. */
function placeOf(element: Element): Element | null {
  return element.closest('.chart-place')
}
