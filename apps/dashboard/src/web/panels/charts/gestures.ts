import type uPlot from 'uplot'
import type { PlotSeries, Span } from '../../streams/series-store.ts'
import { setSpan } from './view.ts'

/** Ctrl + wheel zooms around the pointer; a horizontal wheel pans. */
export function handleWheel(plot: uPlot, store: PlotSeries): () => void {
  const listen = (event: WheelEvent): void => {
    const isZoom = event.ctrlKey || event.metaKey
    const isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
    if (!isZoom && !isPan) return
    event.preventDefault()
    const [from, to] = store.shown
    if (isZoom) {
      const center = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x')
      zoom(store, center, Math.exp(event.deltaY * 0.002))
    } else {
      const by = ((event.deltaX || event.deltaY) / plot.over.clientWidth) * (to - from)
      showSpan(store, from + by, to + by)
    }
  }
  plot.over.addEventListener('wheel', listen, { passive: false })
  return () => plot.over.removeEventListener('wheel', listen)
}

/** Shift + drag pans. */
export function startPan(plot: uPlot, store: PlotSeries): () => void {
  const begin = (event: PointerEvent): void => {
    if (!event.shiftKey || event.button !== 0) return
    event.stopPropagation()
    event.preventDefault()
    const [from, to] = store.shown
    const startX = event.clientX
    const move = (moved: PointerEvent): void => {
      const by = ((moved.clientX - startX) / plot.over.clientWidth) * (to - from)
      showSpan(store, from - by, to - by)
    }
    const end = (): void => {
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', end)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', end)
  }
  // uPlot starts a selection on mousedown, which would be drawn over the pan.
  const keep = (event: MouseEvent): void => {
    if (event.shiftKey) event.stopImmediatePropagation()
  }
  plot.over.addEventListener('pointerdown', begin)
  plot.root.addEventListener('mousedown', keep, { capture: true })
  return () => {
    plot.over.removeEventListener('pointerdown', begin)
    plot.root.removeEventListener('mousedown', keep, { capture: true })
  }
}

/** Arrow keys move the cursor, plus and minus zoom, 0 shows the whole run. */
export function handleKey(event: KeyboardEvent, plot: uPlot, store: PlotSeries, say: (step: number) => void): void {
  const [from, to] = store.shown
  const now =
    plot.cursor.left === undefined || plot.cursor.left < 0 ? (from + to) / 2 : plot.posToVal(plot.cursor.left, 'x')
  const stride = Math.max(1, (to - from) / 100) * (event.shiftKey ? 10 : 1)
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowRight': {
      const step = Math.min(to, Math.max(from, Math.round(now + (event.key === 'ArrowLeft' ? -stride : stride))))
      plot.setCursor({ left: plot.valToPos(step, 'x'), top: plot.over.clientHeight / 2 })
      say(step)
      break
    }
    case '+':
    case '=':
      zoom(store, now, 0.6)
      break
    case '-':
      zoom(store, now, 1 / 0.6)
      break
    case '0':
      setSpan({ from: null, to: null, last: null })
      break
    default:
      return
  }
  event.preventDefault()
}

function zoom(store: PlotSeries, center: number, factor: number): void {
  const [from, to] = store.shown
  showSpan(store, center - (center - from) * factor, center + (to - center) * factor)
}

/** Shows a range of steps, limited to the steps of the run. */
export function showSpan(store: PlotSeries, from: number, to: number): void {
  const { first, last } = store.extent.value
  const width = Math.max(2, to - from)
  const whole: Span = { from: null, to: null, last: null }
  if (width >= last - first) {
    setSpan(whole)
    return
  }
  const start = Math.min(Math.max(first, from), last - width)
  const end = start + width
  setSpan({ from: start, to: end >= last ? null : end, last: null })
}
