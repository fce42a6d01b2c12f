import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { SavedView } from '../../shared/labels.ts'
import { ask, send } from '../api.ts'
import { askAuthor } from '../author/author.ts'
import { Dialog } from '../parts/dialog.tsx'
import { isViewer } from '../run/rights.ts'
import { currentView, showView } from './table-view.ts'

interface ViewsAnswer {
  readonly views: readonly SavedView[]
  readonly problem: string | null
}

/** Opens, saves and deletes views of the table. */
export function ViewsMenu(): JSX.Element {
  const [views, setViews] = useState<readonly SavedView[]>([])
  const [isOpen, setIsOpen] = useState(false)
  const load = (): void =>
    void ask<ViewsAnswer>('views').then(
      (answer) => setViews(answer.views),
      () => undefined,
    )
  useEffect(load, [])
  const now = currentView()
  return (
    <>
      <select
        class="select"
        aria-label="Saved views"
        value={views.find(({ query }) => query === now)?.name ?? ''}
        onChange={(event) => {
          const chosen = views.find(({ name }) => name === event.currentTarget.value)
          showView(chosen?.query ?? '')
        }}
      >
        <option value="">{now === '' ? 'All runs' : 'Unsaved view'}</option>
        {views.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {!isViewer() && (
        <button type="button" class="button" onClick={() => setIsOpen(true)}>
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
          <ViewsForm views={views} onViews={setViews} onDone={() => setIsOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

function ViewsForm(props: {
  readonly views: readonly SavedView[]
  readonly onViews: (views: readonly SavedView[]) => void
  readonly onDone: () => void
}): JSX.Element {
  const { views, onViews, onDone } = props
  const [name, setName] = useState(views.find(({ query }) => query === currentView())?.name ?? '')
  const [problem, setProblem] = useState('')
  const change = async (method: 'PUT' | 'DELETE', body: object): Promise<boolean> => {
    try {
      onViews((await send<ViewsAnswer>('views', body, method)).views)
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
    if (await change('PUT', { name, query: currentView(), version, author: author.sent })) onDone()
  }
  return (
    <>
      <form class="labels-form" onSubmit={(event) => void save(event)}>
        <label>
          Save filter, order, columns and groups as
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
