import type { RunStore } from '../run/run-store.ts'
import { PANELS } from './index.ts'
import type { Panel } from './panel.ts'

/** The panels of a run, each where it belongs. */
export interface PlacedPanels {
  /** The panels with a tab; tabs of side panels are shown only on narrow screens. */
  readonly tabs: readonly Panel[]
  /** The one whose tab is open. */
  readonly current: Panel
  /** The side panels next to it on wide screens. */
  readonly side: readonly Panel[]
  readonly dialogs: readonly Panel[]
}

/** Places the panels that apply to a run; `name` is that of the requested tab. */
export function placePanels(run: RunStore, name: string | null): PlacedPanels {
  const all = PANELS.filter(({ applies }) => applies?.(run) ?? true)
  const tabs = all.filter(({ placement }) => placement !== 'dialog')
  const current = tabs.find((panel) => panel.name === name) ?? PANELS[0]
  return {
    tabs,
    current,
    side: current.hasSide === true ? all.filter(({ placement }) => placement === 'side') : [],
    dialogs: all.filter(({ placement }) => placement === 'dialog'),
  }
}
