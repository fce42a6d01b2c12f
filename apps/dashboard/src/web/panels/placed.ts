import type { RunStore } from '../run/run-store.ts'
import { PANELS } from './index.ts'
import type { Panel } from './panel.ts'

/** A run's panels, by where they are shown. */
export interface PlacedPanels {
  /** The panels with a tab. The tabs of side panels are visible only on narrow screens. */
  readonly tabs: readonly Panel[]
  /** The open tab's panel. */
  readonly current: Panel
  /** The side panels next to it on wide screens. */
  readonly side: readonly Panel[]
  readonly dialogs: readonly Panel[]
}

/** Places the panels that apply to a run. `name` is the name of the requested tab. */
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
