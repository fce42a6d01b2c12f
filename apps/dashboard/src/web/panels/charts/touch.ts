import type uPlot from 'uplot'
import type { PlotSeries } from '../../streams/series-store.ts'
import { showSpan } from './gestures.ts'
import { pinched } from './pinch.ts'
import { span } from './view.ts'

/** One finger moves the cursor, and pans the chart if it is zoomed. Two fingers zoom. A vertical swipe still scrolls the page. */
export function handleTouch(plot: uPlot, store: PlotSeries): () => void {
  const fingers = new Map<number, number>()
  let began: { readonly shown: readonly [number, number]; readonly places: readonly number[] } | undefined
  const placeOf = (event: PointerEvent): number => event.clientX - plot.over.getBoundingClientRect().left
  const begin = (): void => {
    began = fingers.size === 0 ? undefined : { shown: [...store.shown], places: [...fingers.values()] }
  }
  const stepAt = (place: number, [from, to]: readonly [number, number]): number =>
    from + (place / plot.over.clientWidth) * (to - from)

  const act = (): void => {
    if (began === undefined) return
    const { shown, places } = began
    const [first = 0, second] = fingers.values()
    const [from, to] = shown
    if (second !== undefined && places[0] !== undefined && places[1] !== undefined) {
      const steps = [stepAt(places[0], shown), stepAt(places[1], shown)] as const
      showSpan(store, ...pinched(steps, [first, second], plot.over.clientWidth))
    } else if (isZoomed()) {
      const by = stepAt(first, shown) - stepAt(places[0] ?? first, shown)
      showSpan(store, from - by, to - by)
    } else plot.setCursor({ left: first, top: plot.over.clientHeight / 2 })
  }
  const down = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch') return
    fingers.set(event.pointerId, placeOf(event))
    begin()
    if (fingers.size === 1) plot.setCursor({ left: placeOf(event), top: plot.over.clientHeight / 2 })
  }
  const move = (event: PointerEvent): void => {
    if (!fingers.has(event.pointerId)) return
    fingers.set(event.pointerId, placeOf(event))
    act()
  }
  const up = (event: PointerEvent): void => {
    if (fingers.delete(event.pointerId)) begin()
  }
  plot.over.addEventListener('pointerdown', down)
  addEventListener('pointermove', move)
  addEventListener('pointerup', up)
  addEventListener('pointercancel', up)
  return () => {
    plot.over.removeEventListener('pointerdown', down)
    removeEventListener('pointermove', move)
    removeEventListener('pointerup', up)
    removeEventListener('pointercancel', up)
  }
}

function isZoomed(): boolean {
  const { from, to, last } = span.value
  return from !== null || to !== null || last !== null
}
