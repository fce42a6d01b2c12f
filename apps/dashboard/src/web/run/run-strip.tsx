import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { StatusBadge } from '../parts/status.tsx'
import { runLook } from '../runs/run-color.ts'
import { Swatch } from '../runs/swatch.tsx'
import { LoopButtons } from './loop-buttons.tsx'
import { useRun } from './run-context.ts'
import { Facts } from './run-facts.tsx'
import './run-strip.css'

/** Shows the run in one row of 48 pixels. It is pinned to the top while the page header is out of view. */
export function RunStrip(): JSX.Element {
  const { id, detail } = useRun()
  const above = useRef<HTMLDivElement>(null)
  const [isPinned, setPinned] = useState(false)
  useEffect(() => {
    const element = above.current
    if (element === null) return
    const sight = new IntersectionObserver((entries) => {
      const last = entries.at(-1)
      setPinned(last !== undefined && !last.isIntersecting && last.boundingClientRect.top < TOP)
    })
    sight.observe(element)
    return () => sight.disconnect()
  }, [])
  useEffect(() => {
    // Elements that are pinned below leave room for it.
    document.documentElement.style.setProperty('--strip', isPinned ? '48px' : '0px')
    return () => document.documentElement.style.removeProperty('--strip')
  }, [isPinned])
  const now = detail.value
  return (
    <>
      <div ref={above} class="strip-mark" />
      {isPinned && now !== undefined && (
        <div class="run-strip" role="group" aria-label="The run at a glance">
          <div>
            <Swatch of={runLook(id)} />
            <b class="cut">{now.row.name}</b>
            <StatusBadge status={now.row.status} reason={now.row.reason} />
            <Facts detail={now} isShort />
            <span class="spacer" />
            <LoopButtons detail={now} isShort />
          </div>
        </div>
      )}
    </>
  )
}

/** The height of the bar at the top, in pixels. */
const TOP = 49
