import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { PlotSeries } from '../../streams/series-store.ts'
import { isDark } from '../../theme.ts'
import { readingOf } from './reading.ts'
import { seriesColor } from './series-color.ts'

/**
 * Shows the names of metrics with their values under the cursor, or their latest values. The text is updated without rendering
 * the component, because the cursor moves fast.
 */
export function Legend(props: {
  readonly names: readonly string[]
  readonly store: PlotSeries
  readonly update: RefObject<(step: number | null) => void> | { current: (step: number | null) => void }
}): JSX.Element {
  const { names, store, update } = props
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    const write = (step: number | null): void => {
      const items = list.current?.querySelectorAll('b')
      const ranges = list.current?.querySelectorAll('.range')
      for (const [i, name] of names.entries()) {
        const { value, range, title } = readingOf(store.get(name), step)
        setText(items?.[i], value)
        setText(ranges?.[i], range)
        items?.[i]?.parentElement?.setAttribute('title', title)
      }
      setText(list.current?.querySelector('.step'), step === null ? '' : `step ${step}`)
    }
    update.current = write
    write(null)
    const swatches = list.current?.querySelectorAll('i')
    for (const [i, swatch] of [...(swatches ?? [])].entries()) swatch.style.background = seriesColor(i)
  }, [names.join('\n'), store, isDark.value])
  return (
    <ul class={`legend ${names.length <= FEW ? 'few' : ''}`} ref={list}>
      {names.map((name) => (
        <li key={name}>
          <i />
          {names.length > 1 && <span class="cut muted">{name}</span>}
          <b>–</b>
          <span class="range muted" />
        </li>
      ))}
      <li class="step muted" />
    </ul>
  )
}

/** How many metrics fit on one line together with their ranges. */
const FEW = 2

function setText(node: Element | null | undefined, text: string): void {
  if (node !== null && node !== undefined && node.textContent !== text) node.textContent = text
}
