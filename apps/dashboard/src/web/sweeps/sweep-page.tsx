import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { place } from '../route.ts'
import { Curves } from './curves.tsx'
import { AnalysisCards } from './importance-card.tsx'
import { LineageCard } from './lineage-card.tsx'
import { MonitorCard } from './monitor-card.tsx'
import { Parallel } from './parallel.tsx'
import { RungsCard } from './rungs-card.tsx'
import { TrialSelectionBar } from './selection-bar.tsx'
import { SweepHead, SweepToolbar } from './sweep-head.tsx'
import { openSweepStore } from './sweep-store.ts'
import { TrialDialog } from './trial-dialog.tsx'
import { TrialsTable } from './trials-table.tsx'
import './sweeps.css'

/** Shows the page for the sweep in the address. */
export function SweepPage(): JSX.Element {
  const at = place.value
  return at.page === 'sweep' ? <OneSweep key={at.id} id={at.id} /> : <main id="main" class="page" />
}

function OneSweep({ id }: { readonly id: string }): JSX.Element {
  const store = useMemo(() => openSweepStore(id), [id])
  useEffect(() => () => store.close(), [store])
  const name = store.detail.value?.name ?? id
  useEffect(() => {
    document.title = `${name} · hotcb`
  }, [name])
  const hasRungs = (store.detail.value?.rungs.length ?? 0) > 0
  const isPopulation = store.detail.value?.population === true
  const isThere = store.detail.value !== undefined
  return (
    <main id="main" class="page sweep-page">
      <SweepHead store={store} />
      {isThere && (
        <>
          <SweepToolbar store={store} />
          <Parallel store={store} />
          <TrialSelectionBar store={store} />
          <TrialsTable store={store} />
          <div class="sweep-views">
            <Curves store={store} />
            <AnalysisCards store={store} />
            {hasRungs && <RungsCard store={store} />}
            {isPopulation && <LineageCard store={store} />}
            <MonitorCard store={store} />
          </div>
          <TrialDialog store={store} />
        </>
      )}
    </main>
  )
}
