import { type ComponentType, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { useRun } from '../run/run-context.ts'
import type { RunStore } from '../run/run-store.ts'
import type { StreamName, Streams } from '../streams/index.ts'

/** One part of a run's page. The page depends on these fields only. */
export interface Panel {
  /** The name in links and ids, made of letters, digits and hyphens. */
  readonly name: string
  /** The text of its tab. */
  readonly title: string
  /**
   * Where the panel is shown. `tab`: in a tab. `side`: next to the tabs that leave room for it, and in a tab on narrow screens. `dialog`:
   * on top of the page, when it has content.
   */
  readonly placement: 'tab' | 'side' | 'dialog'
  /** Whether side panels are shown next to this tab on wide screens. Default: false. */
  readonly hasSide?: boolean
  /** The streams that it reads with {@link useStream}. They are open while the panel is shown. */
  readonly streams: readonly StreamName[]
  /** Whether the panel applies to this run. It may read signals. Default: it always applies. */
  readonly applies?: (run: RunStore) => boolean
  /** A number next to the title; 0 shows nothing. It may read signals. Default: none. */
  readonly count?: (run: RunStore) => number
  readonly Content: ComponentType
}

/** The panel that contains a component. */
export const PanelContext = createContext<Panel | undefined>(undefined)

/** Returns a stream of the run. The surrounding panel must list it, because only then is the stream open. */
export function useStream<Name extends StreamName>(name: Name): Streams[Name] {
  const panel = useContext(PanelContext)
  if (panel?.streams.includes(name) !== true) {
    throw new Error(`panel \`${panel?.name}\` reads the \`${name}\` stream, which its entry does not list`)
  }
  return useRun().streams.get(name)
}
