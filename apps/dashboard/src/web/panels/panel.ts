import { type ComponentType, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { useRun } from '../run/run-context.ts'
import type { RunStore } from '../run/run-store.ts'
import type { StreamName, Streams } from '../streams/index.ts'

/** One part of the page of a run. The page knows it by this, and by nothing else. */
export interface Panel {
  /** Its name in links and ids: letters, digits and hyphens. */
  readonly name: string
  /** The text of its tab. */
  readonly title: string
  /**
   * Where it is shown. `tab`: in a tab. `side`: next to tabs that leave room for it, and on narrow screens in a tab.
   * `dialog`: over everything, when it has something to show.
   */
  readonly placement: 'tab' | 'side' | 'dialog'
  /** Whether side panels are shown next to this tab on wide screens. Default: false. */
  readonly hasSide?: boolean
  /** The streams that it reads, with {@link useStream}; they are open while it is shown. */
  readonly streams: readonly StreamName[]
  /** Whether it has anything to say about this run; reads signals. Default: it always has. */
  readonly applies?: (run: RunStore) => boolean
  /** A number next to the title, 0 for none; reads signals. Default: none. */
  readonly count?: (run: RunStore) => number
  readonly Content: ComponentType
}

/** The panel that is drawn around a component. */
export const PanelContext = createContext<Panel | undefined>(undefined)

/** A stream of the run, which the panel around must list: only then is it open as long as it is read. */
export function useStream<Name extends StreamName>(name: Name): Streams[Name] {
  const panel = useContext(PanelContext)
  if (panel?.streams.includes(name) !== true) {
    throw new Error(`panel \`${panel?.name}\` reads the stream \`${name}\`, which its entry does not list`)
  }
  return useRun().streams.get(name)
}
