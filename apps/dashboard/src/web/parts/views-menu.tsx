import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { SavedView } from '../../shared/labels.ts'
import { ask, send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import { isViewer } from '../run/rights.ts'
import { Dialog } from './dialog.tsx'

interface ViewsAnswer {
  readonly views: readonly SavedView[]
  readonly problem: string | null
}

/** Which saved views a menu shows. */
export interface ViewsMenuProps {
  /** The API path under which the server stores them. */
  readonly path: 'views' | 'chart-views'
  /** The current view: the part of the address query that a view contains. */
  readonly now: string
  /** The label for the page without a saved view. */
  readonly plain: string
  /** Describes what a view contains. */
  readonly content: string
  readonly size?: 'small' | ''
  readonly onShow: (query: string) => void
}

/** Opens, saves and deletes views. */
export function ViewsMenu(props: ViewsMenuProps): JSX.Element {
  const { path, now, plain, size = '', onShow } = props
  const [views, setViews] = useState<readonly SavedView[]>([])
  const [isOpen, setIsOpen] = useState(false)
  const load = (): void =>
    void ask<ViewsAnswer>(path).then(
      (answer) => setViews(answer.views),
      () => undefined,
    )
  useEffect(load, [path])
  return (
    <>
      <select
        class={`select ${size}`}
        aria-label="Saved views"
        value={views.find(({ query }) => query === now)?.name ?? ''}
        onChange={(event) => {
          const chosen = views.find(({ name }) => name === event.currentTarget.value)
          onShow(chosen?.query ?? '')
        }}
      >
        <option value="">{now === '' ? plain : 'Unsaved view'}</option>
        {views.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {!isViewer() && (
        <button type="button" class={`button ${size}`} onClick={() => setIsOpen(true)}>
          Save view
        </button>
      )}
      {isOpen && (
        <Dialog
          title="Saved views"
          onClose={() => {
            setIsOpen(false)
            load()
          }}
        >
          <ViewsForm {...props} views={views} onViews={setViews} onDone={() => setIsOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

function ViewsForm(
  props: ViewsMenuProps & {
    readonly views: readonly SavedView[]
    readonly onViews: (views: readonly SavedView[]) => void
    readonly onDone: () => void
  },
): JSX.Element {
  const { path, now, content, views, onViews, onDone } = props
  const [name, setName] = useState(views.find(({ query }) => query === now)?.name ?? '')
  const [problem, setProblem] = useState('')
  const change = async (method: 'PUT' | 'DELETE', body: object): Promise<boolean> => {
    try {
      onViews((await send<ViewsAnswer>(path, body, method)).views)
      setProblem('')
      return true
    } catch (error) {
      setProblem(messageOf(error))
      return false
    }
  }
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    const author = await askAuthor()
    if (author === undefined) return
    const version = views.find((view) => view.name === name.trim())?.version ?? null
    if (await change('PUT', { name, query: now, version, author: author.sent })) onDone()
  }
  return (
    <>
      <form class="labels-form" onSubmit={(event) => void save(event)}>
        <label>
          Save {content} as
          <input class="input" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        {problem !== '' && (
          <p class="issue" role="alert">
            {problem}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="button primary" disabled={name.trim() === ''}>
            {views.some((view) => view.name === name.trim()) ? 'Replace' : 'Save'}
          </button>
        </div>
      </form>
      {views.length > 0 && (
        <ul class="chosen-columns">
          {views.map((view) => (
            <li key={view.name}>
              <span class="cut">
                {view.name} <span class="muted">{view.author === null ? '' : `by ${view.author}`}</span>
              </span>
              <button
                type="button"
                class="button small quiet danger"
                aria-label={`Delete ${view.name}`}
                onClick={() => void change('DELETE', { name: view.name, version: view.version })}
              >
                Delete
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
