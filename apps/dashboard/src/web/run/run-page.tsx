import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ChangeDialog } from '../charts/change-dialog.tsx'
import { ChartsTab } from '../charts/charts-tab.tsx'
import { ControlsPanel } from '../controls/controls-panel.tsx'
import { LedgerTab } from '../ledger/ledger-tab.tsx'
import { follows, setView, viewParam } from '../route.ts'
import { CallbacksTab } from './callbacks-tab.tsx'
import { LogTab } from './log-tab.tsx'
import { RunContext } from './run-context.ts'
import { RunHead } from './run-head.tsx'
import { openRunStore, type RunStore } from './run-store.ts'
import { SummaryTab } from './summary-tab.tsx'

const TABS = ['charts', 'controls', 'ledger', 'callbacks', 'system', 'log', 'summary'] as const
type Tab = (typeof TABS)[number]

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
  const { detail, problem, ledger } = store
  const tab = TABS.find((known) => known === viewParam('tab')) ?? 'charts'
  const row = detail.value?.row
  useEffect(() => {
    document.title = `${row?.name ?? store.id}${row?.step == null ? '' : ` · ${row.step}`} · hotcb`
  }, [row?.name, row?.step])
  if (problem.value !== null && detail.value === undefined) return <Missing problem={problem.value} />
  const hasSide = tab === 'charts' || tab === 'ledger' || tab === 'system'
  return (
    <main id="main">
      <RunHead tabs={<Tabs tab={tab} lines={ledger.value?.total ?? 0} />} />
      <div class={`run-body ${hasSide ? 'with-side' : ''}`}>
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
          {problem.value !== null && <p class="notice bad">{problem.value}; what is shown is how it was last seen</p>}
          <Panel tab={tab} />
        </div>
        {hasSide && (
          <aside class="side" aria-label="Controls">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
            <div tabIndex={0}>
              <ControlsPanel />
            </div>
          </aside>
        )}
      </div>
      <ChangeDialog />
    </main>
  )
}

function Panel({ tab }: { readonly tab: Tab }): JSX.Element {
  switch (tab) {
    case 'charts':
      return <ChartsTab />
    case 'controls':
      return <ControlsPanel />
    case 'ledger':
      return <LedgerTab />
    case 'callbacks':
      return <CallbacksTab />
    case 'system':
      return <ChartsTab only={isSystem} />
    case 'log':
      return <LogTab />
    case 'summary':
      return <SummaryTab />
    default:
      return tab satisfies never
  }
}

function isSystem(name: string): boolean {
  return /^(sys|system|time)\//.test(name)
}

function Tabs({ tab, lines }: { readonly tab: Tab; readonly lines: number }): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by === 0) return
    const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length] ?? 'charts'
    setView({ tab: next === 'charts' ? null : next, q: null }, true)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="Parts of the run" onKeyDown={move}>
      {TABS.map((known) => (
        <button
          key={known}
          id={`tab-${known}`}
          type="button"
          role="tab"
          class={known === 'controls' ? 'only-narrow' : ''}
          aria-selected={known === tab}
          aria-controls="panel"
          tabIndex={known === tab ? 0 : -1}
          onClick={() => setView({ tab: known === 'charts' ? null : known, q: null }, true)}
        >
          {known.charAt(0).toUpperCase() + known.slice(1)}
          {known === 'ledger' && lines > 0 && <span class="count">{lines}</span>}
        </button>
      ))}
    </div>
  )
}

function Missing({ problem }: { readonly problem: string }): JSX.Element {
  return (
    <main id="main" class="page">
      <div class="card empty" role="status">
        <h1>This run cannot be shown</h1>
        <p>{problem}</p>
        <a class="button" href="/" onClick={(event) => follows(event, '/')}>
          All runs
        </a>
      </div>
    </main>
  )
}
