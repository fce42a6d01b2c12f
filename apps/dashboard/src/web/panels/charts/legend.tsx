import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { formatNumber, formatStep } from '../../../shared/describe.ts'
import type { SeriesStore } from '../../streams/series-store.ts'
import { isDark } from '../../theme.ts'
import { seriesColor, valueAt } from './plot.ts'

/** Names and values: those under the cursor, or the newest. Written without rendering, since the cursor moves fast. */
export function Legend(props: {
  readonly names: readonly string[]
  readonly store: SeriesStore
  readonly update: RefObject<(step: number | null) => void> | { current: (step: number | null) => void }
}): JSX.Element {
  const { names, store, update } = props
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    const write = (step: number | null): void => {
      const items = list.current?.querySelectorAll('b')
      for (const [i, name] of names.entries()) {
        const series = store.get(name)
        const value = step === null ? series?.values.at(-1) : valueAt(series, step)
        setText(items?.[i], formatNumber(value ?? null))
      }
      setText(list.current?.querySelector('.step'), step === null ? '' : `step ${formatStep(step)}`)
    }
    update.current = write
    write(null)
    const swatches = list.current?.querySelectorAll('i')
    for (const [i, swatch] of [...(swatches ?? [])].entries()) swatch.style.background = seriesColor(i)
  }, [names.join('\n'), store, isDark.value])
  return (
    <ul class="legend" ref={list}>
      {names.map((name) => (
        <li key={name}>
          <i />
          {names.length > 1 && <span class="cut muted">{name}</span>}
          <b>–</b>
        </li>
      ))}
      <li class="step muted" />
    </ul>
  )
}

function setText(node: Element | null | undefined, text: string): void {
  if (node !== null && node !== undefined && node.textContent !== text) node.textContent = text
}
