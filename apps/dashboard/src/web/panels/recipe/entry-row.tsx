import { describeEntry } from '@hotcb/recipe'
import type { JSX } from 'preact'
import { visibleText } from '../../../shared/visible-text.ts'
import type { RowStyle } from '../../parts/virtual-rows.tsx'
import type { EditorRow } from './editor.ts'
import type { RecipeStore } from './recipe-store.ts'

/** One entry: its step, its effect, and its problem. Alt with the arrow keys moves it. */
export function EntryRow(props: {
  readonly store: RecipeStore
  readonly row: EditorRow
  readonly index: number
  readonly style: RowStyle
  readonly problem: string | undefined
  /** Whether the trainer has passed its step. */
  readonly isPast: boolean
  readonly onEdit: () => void
}): JSX.Element {
  const { store, row, index, style, problem, isPast, onEdit } = props
  const { id, entry } = row
  const { step, event, end } = entry.at
  const name = `entry ${index + 1}`
  const place = [event ?? '', end === true ? 'end of the step' : '', isPast ? 'passed' : ''].filter(Boolean).join(', ')
  const reorder = (by: -1 | 1): void => void store.edit({ kind: 'reorder', id, by })
  const keys = (event: KeyboardEvent): void => {
    const act = actionOf(event, store, id)
    if (act === undefined) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  return (
    <div role="listitem" class="recipe-entry" data-entry={id} data-wrong={problem !== undefined} style={style}>
      <input
        type="checkbox"
        aria-label={`Select ${name}`}
        checked={store.chosen.value.has(id)}
        onChange={() => toggle(store, id)}
      />
      <input
        key={step}
        class="input small number"
        inputMode="numeric"
        aria-label={`Step of ${name}`}
        defaultValue={String(step)}
        onChange={(event) => moveTo(store, row, event.currentTarget)}
      />
      <span class="words">
        <button type="button" class="what mono cut" onClick={onEdit} onKeyDown={keys}>
          {visibleText(describeEntry(entry))}
        </button>
        {problem === undefined ? (
          <span class="muted small-text cut">{place}</span>
        ) : (
          <span class="issue cut" title={problem}>
            line {index + 1}: {visibleText(problem)}
          </span>
        )}
      </span>
      <span class="entry-buttons">
        <button type="button" class="button icon quiet" aria-label={`Move ${name} earlier`} onClick={() => reorder(-1)}>
          ↑
        </button>
        <button type="button" class="button icon quiet" aria-label={`Move ${name} later`} onClick={() => reorder(1)}>
          ↓
        </button>
        <button
          type="button"
          class="button icon quiet"
          aria-label={`Drop ${name}`}
          onClick={() => void store.edit({ kind: 'drop', ids: [id] })}
        >
          ✕
        </button>
      </span>
    </div>
  )
}

/**
 * Returns the action that a key performs on an entry: Alt with up or down reorders it, Alt with left or right shifts it, Delete drops it, x
 * selects it.
 */
function actionOf(event: KeyboardEvent, store: RecipeStore, id: number): (() => void) | undefined {
  const { key, altKey, shiftKey, ctrlKey, metaKey } = event
  if (ctrlKey || metaKey) return undefined
  const shift = (steps: number) => () => void store.edit({ kind: 'shift', ids: idsOf(store, id), steps })
  const reorder = (by: -1 | 1) => () => void store.edit({ kind: 'reorder', id, by })
  const steps = shiftKey ? 10 : 1
  const actions: Readonly<Record<string, () => void>> = altKey
    ? { ArrowUp: reorder(-1), ArrowDown: reorder(1), ArrowLeft: shift(-steps), ArrowRight: shift(steps) }
    : {
        Delete: () => void store.edit({ kind: 'drop', ids: [id] }),
        x: () => toggle(store, id),
        ArrowUp: () => focusNext(event, -1),
        ArrowDown: () => focusNext(event, 1),
      }
  return Object.hasOwn(actions, key) ? actions[key] : undefined
}

// A selected entry moves together with the other selected ones.
function idsOf({ chosen }: RecipeStore, id: number): readonly number[] {
  return chosen.value.has(id) ? [...chosen.value] : [id]
}

function toggle({ chosen }: RecipeStore, id: number): void {
  const next = new Set(chosen.value)
  if (!next.delete(id)) next.add(id)
  chosen.value = next
}

function focusNext({ target }: KeyboardEvent, by: 1 | -1): void {
  if (!(target instanceof HTMLElement)) return
  const row = target.closest('[data-entry]')
  const next = by === 1 ? row?.nextElementSibling : row?.previousElementSibling
  next?.querySelector<HTMLElement>('.what')?.focus()
}

function moveTo(store: RecipeStore, { id, entry }: EditorRow, field: HTMLInputElement): void {
  const step = Number(field.value)
  const isStep = field.value.trim() !== '' && Number.isSafeInteger(step)
  const steps = isStep ? step - entry.at.step : Number.NaN
  if (steps === 0) return
  if (store.edit({ kind: 'shift', ids: [id], steps })) return
  if (!isStep) store.refusal.value = `\`step\` must be a whole number, got "${field.value}"`
  field.value = String(entry.at.step)
}
