import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { VirtualRows } from '../../parts/virtual-rows.tsx'
import { useStream } from '../panel.ts'
import './log.css'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'

/** Shows a run's log. It scrolls to new lines as long as the reader is at its end. */
export function LogPanel(): JSX.Element {
  const { lines } = useStream('log')
  const [search, setSearch] = useState('')
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 120
    if (isAtEnd) element.scrollTop = element.scrollHeight
  }, [lines.value])
  const all = lines.value
  const shown = (all ?? [])
    .map((text, at) => ({ text, at }))
    .filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()))
  if (all !== undefined && all.length === 0) {
    return (
      <EmptyState title="The log is empty" line={FILLING_COMMANDS.log}>
        Messages from the kernel and from callbacks appear here. This callback reports every fiftieth step:
      </EmptyState>
    )
  }
  return (
    <>
      <div class="toolbar" role="search">
        <input
          class="input search"
          type="search"
          placeholder="Search the log"
          aria-label="Search the log"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <span class="muted">{shown.length} lines</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard. */}
      <section ref={box} class="card log" aria-label="Log" tabIndex={0}>
        <VirtualRows items={shown} rowHeight={18} keyOf={({ at }) => at}>
          {({ text }, style) => <div style={style}>{text}</div>}
        </VirtualRows>
      </section>
    </>
  )
}
