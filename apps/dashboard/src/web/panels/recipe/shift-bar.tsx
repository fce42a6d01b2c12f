import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { EditorRow } from './editor.ts'
import type { RecipeStore } from './recipe-store.ts'

/** Buttons for all selected entries. */
export function ShiftBar({
  store,
  rows,
}: {
  readonly store: RecipeStore
  readonly rows: readonly EditorRow[]
}): JSX.Element | null {
  const [typed, setTyped] = useState('100')
  if (rows.length === 0) return null
  const ids = [...store.chosen.value]
  const isAll = ids.length === rows.length
  const shift = (steps: number): void => void store.edit({ kind: 'shift', ids, steps })
  const choose = (): void => {
    store.chosen.value = isAll ? new Set() : new Set(rows.map(({ id }) => id))
  }
  return (
    <div class="shift-bar">
      <label>
        <input type="checkbox" checked={isAll} onChange={choose} /> {ids.length === 0 ? 'All' : `${ids.length} chosen`}
      </label>
      {ids.length > 0 && (
        <>
          <span class="shift-group">
            {[-10, -1, 1, 10].map((steps) => (
              <button
                key={steps}
                type="button"
                class="button small"
                aria-label={`Shift by ${steps} ${Math.abs(steps) === 1 ? 'step' : 'steps'}`}
                onClick={() => shift(steps)}
              >
                {steps < 0 ? '−' : '+'}
                {Math.abs(steps)}
              </button>
            ))}
          </span>
          <form
            class="shift-group"
            onSubmit={(event) => {
              event.preventDefault()
              shift(typed.trim() === '' ? Number.NaN : Number(typed))
            }}
          >
            <input
              class="input small number"
              aria-label="Steps to shift by"
              inputMode="numeric"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <button type="submit" class="button small">
              Shift
            </button>
          </form>
          <button type="button" class="button small danger" onClick={() => void store.edit({ kind: 'drop', ids })}>
            Drop
          </button>
        </>
      )}
    </div>
  )
}
