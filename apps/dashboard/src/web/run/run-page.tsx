import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { basePath } from '../base.ts'
import { tellNews } from '../notices/browser-notices.ts'
import { type PlacedPanels, placePanels } from '../panels/placed.ts'
import { ShownPanel } from '../panels/shown-panel.tsx'
import { follows, viewParam } from '../route.ts'
import { Dock } from './dock.tsx'
import { RunContext } from './run-context.ts'
import { RunHead } from './run-head.tsx'
import { useRunKeys } from './run-keys.ts'
import { openRunStore, type RunStore } from './run-store.ts'
import { RunStrip } from './run-strip.tsx'
import { StaleBanner } from './stale.tsx'
import { Tabs } from './tabs.tsx'

/** Shows one run's page. */
export function RunPage({ id }: { readonly id: string }): JSX.Element {
  const [store, setStore] = useState<RunStore | undefined>(undefined)
  const [opened, setOpened] = useState(0)
  useEffect(() => {
    const opened = openRunStore(id)
    setStore(opened)
    return () => opened.close()
  }, [id, opened])
  if (store === undefined) return <main id="main" class="page" aria-busy="true" />
  return (
    <RunContext.Provider value={store}>
      <RunBody key={opened} store={store} onReopen={() => setOpened(opened + 1)} />
    </RunContext.Provider>
  )
}

function RunBody(props: { readonly store: RunStore; readonly onReopen: () => void }): JSX.Element {
  const { store, onReopen } = props
  const { detail, problem } = store
  const panels = placePanels(store, viewParam('tab'))
  useRunKeys()
  useEffect(() => tellNews(store), [store])
  const row = detail.value?.row
  useEffect(() => {
    document.title = `${row?.name ?? store.id}${row?.step == null ? '' : ` · ${row.step}`} · hotcb`
  }, [row?.name, row?.step])
  if (problem.value !== null && detail.value === undefined) return <Missing problem={problem.value} />
  return (
    <main id="main" class="run-page">
      <StaleBanner onReopen={onReopen} />
      <RunHead tabs={<Tabs panels={panels} />} />
      <RunStrip />
      <div class={`run-body ${panels.side.length > 0 ? 'with-side' : ''}`}>
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${panels.current.name}`}>
          <ShownPanel key={panels.current.name} panel={panels.current} />
        </div>
        {panels.side.length > 0 && <Side panels={panels} />}
      </div>
      <Dock />
      {panels.dialogs.map((panel) => (
        <ShownPanel key={panel.name} panel={panel} />
      ))}
    </main>
  )
}

function Side({ panels }: { readonly panels: PlacedPanels }): JSX.Element {
  return (
    <aside class="side" aria-label={panels.side.map(({ title }) => title).join(', ')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard. */}
      <div tabIndex={0}>
        {panels.side.map((panel) => (
          <ShownPanel key={panel.name} panel={panel} />
        ))}
      </div>
    </aside>
  )
}

function Missing({ problem }: { readonly problem: string }): JSX.Element {
  return (
    <main id="main" class="page">
      <div class="card empty" role="status">
        <h1>This run cannot be shown</h1>
        <p>{problem}</p>
        <a class="button" href={basePath} onClick={(event) => follows(event, basePath)}>
          All runs
        </a>
      </div>
    </main>
  )
}
