import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, runPath } from '../api.ts'
import { VirtualRows } from '../parts/virtual-rows.tsx'
import { type Following, follow } from '../socket.ts'
import { useRun } from './run-context.ts'

/** The log of a run, followed at its end for as long as the reader stays there. */
export function LogTab(): JSX.Element {
  const { id } = useRun()
  const [lines] = useState(() => signal<readonly string[] | undefined>(undefined))
  const [search, setSearch] = useState('')
  const box = useRef<HTMLElement>(null)
  useEffect(() => followLog(id, (next) => (lines.value = next(lines.value ?? []))), [id])
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
      <div class="card empty">
        <h2>The log is empty</h2>
        <p>What the kernel and its callbacks have to say is written to hotcb.log.</p>
      </div>
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section ref={box} class="card log" aria-label="Log" tabIndex={0}>
        <VirtualRows items={shown} rowHeight={18} keyOf={({ at }) => at}>
          {({ text }, style) => <div style={style}>{text}</div>}
        </VirtualRows>
      </section>
    </>
  )
}

function followLog(id: string, update: (next: (lines: readonly string[]) => readonly string[]) => void): () => void {
  let leave: (() => void) | undefined
  let isClosed = false
  const stream: Following = {
    run: id,
    channel: 'log',
    onMessage(message) {
      if (message.type === 'restart') void load()
      if (message.type !== 'data' || message.channel !== 'log') return
      update((lines) => [...lines, ...message.data].slice(-MOST_LINES))
    },
  }
  async function load(): Promise<void> {
    const answer = await ask<{ readonly lines: readonly string[]; readonly cursor: string }>(
      runPath(id, 'log?limit=5000'),
    ).catch(() => undefined)
    if (answer === undefined || isClosed) return
    update(() => answer.lines)
    stream.cursor = answer.cursor
    leave?.()
    leave = follow(stream)
  }
  void load()
  return () => {
    isClosed = true
    leave?.()
  }
}

const MOST_LINES = 20_000
