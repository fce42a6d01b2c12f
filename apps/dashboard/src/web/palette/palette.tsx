import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TablePage, TableRow } from '../../shared/table/table-wire.ts'
import { send } from '../api.ts'
import { basePath, pagePath } from '../base.ts'
import { Dialog } from '../parts/dialog.tsx'
import { goTo, place, runHref, setView } from '../route.ts'
import { selection } from '../runs/selection.ts'
import { setTheme } from '../theme.ts'
import { matchItems, type PaletteItem, runItems } from './palette-items.ts'
import './palette.css'

const MOST_RUNS = 12

/** Opens any run, page or tab after the user has typed a few letters of its name. */
export function Palette({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [text, setText] = useState('')
  const [rows, setRows] = useState<readonly TableRow[]>([])
  const [at, setAt] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  useEffect(() => {
    let isOld = false
    const query = { limit: MOST_RUNS, ...(text.trim() !== '' && { filter: text }) }
    send<TablePage>('table', query).then(
      (page) => !isOld && setRows(page.rows),
      () => undefined,
    )
    return () => {
      isOld = true
    }
  }, [text])
  const items = [...matchItems(pageItems(), text), ...runItems(rows, (id) => goTo(runHref(id)))]
  const chosen = Math.min(at, items.length - 1)
  const choose = (item: PaletteItem | undefined): void => {
    if (item === undefined) return
    onClose()
    item.run()
  }
  return (
    <Dialog title="Go to" onClose={onClose}>
      <input
        ref={input}
        class="input"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-items"
        aria-activedescendant={items.length > 0 ? `palette-${chosen}` : undefined}
        aria-label="Run, page or tab"
        placeholder="Run, page or tab"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') choose(items[chosen])
          const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
          if (by === 0 || items.length === 0) return
          event.preventDefault()
          setAt((chosen + by + items.length) % items.length)
        }}
      />
      <div class="palette" id="palette-items" role="listbox" aria-label="Results">
        {items.map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys and names the selected option.
          <div
            key={`${item.hint} ${item.title}`}
            id={`palette-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            onClick={() => choose(item)}
          >
            <span class="cut">{item.title}</span>
            <span class="muted small-text">{item.hint}</span>
          </div>
        ))}
      </div>
    </Dialog>
  )
}

/** Returns the pages, the open run's tabs, and actions that are available everywhere. */
function pageItems(): readonly PaletteItem[] {
  const chosen = [...selection.value].map(encodeURIComponent).join(',')
  const tabs = [...document.querySelectorAll<HTMLElement>('[role="tab"]')]
  return [
    { title: 'Runs', hint: 'page', run: () => goTo(basePath) },
    { title: 'Running', hint: 'filter of the table', run: () => goTo(`${basePath}?q=status:running`) },
    ...(chosen === ''
      ? []
      : [{ title: 'Compare selected runs', hint: 'page', run: () => goTo(`${pagePath('compare')}?runs=${chosen}`) }]),
    ...(place.value.page === 'run'
      ? tabs.map((tab) => {
          const name = tab.id.replace(/^tab-/, '')
          return { title: tab.firstChild?.textContent ?? name, hint: 'tab', run: () => setView({ tab: name }, true) }
        })
      : []),
    ...(['light', 'dark', 'auto'] as const).map((theme) => {
      return { title: `Theme: ${theme}`, hint: 'setting', run: () => setTheme(theme) }
    }),
  ]
}
