import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useRun } from '../run/run-context.ts'
import { type Panel, PanelContext } from './panel.ts'

/** Shows a panel. Its streams are open while it is mounted. */
export function ShownPanel({ panel }: { readonly panel: Panel }): JSX.Element {
  const { streams } = useRun()
  useEffect(() => streams.hold(panel.streams), [streams, panel])
  const { Content } = panel
  return (
    <PanelContext.Provider value={panel}>
      <Content />
    </PanelContext.Provider>
  )
}
