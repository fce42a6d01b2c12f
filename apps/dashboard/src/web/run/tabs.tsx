import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Panel } from '../panels/panel.ts'
import type { PlacedPanels } from '../panels/placed.ts'
import { setView } from '../route.ts'
import { useRun } from './run-context.ts'

/** Shows one tab for each panel. Arrow keys move between them. */
export function Tabs({ panels: { tabs, current } }: { readonly panels: PlacedPanels }): JSX.Element {
  // The address of the first panel has no `tab` parameter.
  const open = ({ name }: Panel): void => setView({ tab: name === tabs[0]?.name ? null : name, q: null }, true)
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const next = tabs[(tabs.indexOf(current) + by + tabs.length) % tabs.length]
    if (by === 0 || next === undefined) return
    open(next)
    document.getElementById(`tab-${next.name}`)?.focus()
  }
  const list = useRef<HTMLDivElement>(null)
  const run = useRun()
  const widths = tabs.map((panel) => String(panel.count?.(run) ?? '').length).join()
  // If there are more tabs than fit, the open one stays visible, even when a count makes other tabs wider.
  useEffect(() => {
    const show = (): void =>
      list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
    // If styles or fonts load late, tabs get their final size late.
    const sizes = new ResizeObserver(show)
    for (const tab of list.current?.children ?? []) sizes.observe(tab)
    show()
    return () => sizes.disconnect()
  }, [current, widths])
  return (
    <div ref={list} class="tabs" role="tablist" aria-label="Parts of the run" onKeyDown={move}>
      {tabs.map((panel) => (
        <Tab key={panel.name} panel={panel} isCurrent={panel === current} onOpen={open} />
      ))}
    </div>
  )
}

function Tab(props: {
  readonly panel: Panel
  readonly isCurrent: boolean
  readonly onOpen: (panel: Panel) => void
}): JSX.Element {
  const { panel, isCurrent, onOpen } = props
  const run = useRun()
  const count = panel.count?.(run) ?? 0
  return (
    <button
      id={`tab-${panel.name}`}
      type="button"
      role="tab"
      class={panel.placement === 'side' ? 'only-narrow' : ''}
      aria-selected={isCurrent}
      aria-controls="panel"
      tabIndex={isCurrent ? 0 : -1}
      onClick={() => onOpen(panel)}
    >
      {panel.title}
      {count > 0 && (
        <>
          {' '}
          <span class="count">{count}</span>
        </>
      )}
    </button>
  )
}
