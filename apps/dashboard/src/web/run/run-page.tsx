import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { basePath } from '../base.ts'
import { type PlacedPanels, placePanels } from '../panels/placed.ts'
import { ShownPanel } from '../panels/shown-panel.tsx'
import { follows, viewParam } from '../route.ts'
import { Dock } from './dock.tsx'
import { RunContext } from './run-context.ts'
import { RunHead } from './run-head.tsx'
import { useRunKeys } from './run-keys.ts'
import { openRunStore, type RunStore } from './run-store.ts'
import { Tabs } from './tabs.tsx'

/** Everything of one run. */
export function RunPage({ id }: { readonly id: string }): JSX.Element {
  const [store, setStore] = useState<RunStore | undefined>(undefined)
  useEffect(() => {
    const opened = openRunStore(id)
    setStore(opened)
    return () => opened.close()
  }, [id])
  if (store === undefined) return <main id="main" class="page" aria-busy="true" />
  return (
    <RunContext.Provider value={store}>
      <RunBody store={store} />
    </RunContext.Provider>
  )
}

function RunBody({ store }: { readonly store: RunStore }): JSX.Element {
  const { detail, problem } = store
  const panels = placePanels(store, viewParam('tab'))
  useRunKeys()
  const row = detail.value?.row
  useEffect(() => {
    document.title = `${row?.name ?? store.id}${row?.step == null ? '' : ` · ${row.step}`} · hotcb`
  }, [row?.name, row?.step])
  if (problem.value !== null && detail.value === undefined) return <Missing problem={problem.value} />
  return (
    <main id="main" class="run-page">
      <RunHead tabs={<Tabs panels={panels} />} />
      <div class={`run-body ${panels.side.length > 0 ? 'with-side' : ''}`}>
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${panels.current.name}`}>
          {problem.value !== null && <p class="notice bad">{problem.value}; what is shown is how it was last seen</p>}
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
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
