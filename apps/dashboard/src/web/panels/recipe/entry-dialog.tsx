import { moduleOfGroup, type RecipeEntry } from '@hotcb/protocol'
import { fitRecipe } from '@hotcb/recipe'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../parts/dialog.tsx'
import { useRun } from '../../run/run-context.ts'
import { stepOf } from '../../staged/apply-staged.ts'
import { controlsOf } from './check-entries.ts'
import type { EditorRow } from './editor.ts'
import { type EntryForm, entryOf, entryOfLine, formOf, lineOf } from './entry-form.ts'

const NEW: RecipeEntry = { at: { step: 0, event: null }, module: 'opt', op: 'set_params', id: 'main', params: {} }

/** Edits an entry or creates one, in fields or as its line in the recipe. */
export function EntryDialog(props: {
  /** Undefined for a new entry. */
  readonly row: EditorRow | undefined
  /** Returns whether the entry was accepted. */
  readonly onSave: (entry: RecipeEntry) => boolean
  readonly onClose: () => void
}): JSX.Element {
  const { row, onSave, onClose } = props
  const { detail } = useRun()
  const before = row?.entry ?? newEntry(stepOf(detail.value))
  const [form, setForm] = useState<EntryForm>(() => firstForm(before, row === undefined))
  const [isTouched, setTouched] = useState(row !== undefined)
  const [line, setLine] = useState<string | undefined>(undefined)
  const [refusal, setRefusal] = useState('')
  const entry = line === undefined ? entryOf(form, before) : entryOfLine(line)
  const [mismatch] = entry.ok ? fitRecipe([entry.value], controlsOf(detail.value, [entry.value])) : []
  const save = (event: Event): void => {
    event.preventDefault()
    if (!entry.ok) setRefusal(entry.reason)
    else if (onSave(entry.value)) onClose()
    else setRefusal('the recipe does not accept this entry')
  }
  const asLine = (): void => setLine(entry.ok ? lineOf(entry.value) : lineOf(before))
  const asFields = (): void => {
    if (entry.ok) setForm(formOf(entry.value))
    setLine(undefined)
  }
  const problem = entry.ok ? mismatch?.reason : isTouched ? entry.reason : undefined
  return (
    <Dialog title={row === undefined ? 'Insert an entry' : 'Edit an entry'} onClose={onClose}>
      <form class="entry-form" onSubmit={save}>
        {line === undefined ? (
          <Fields
            form={form}
            onChange={(next) => {
              setForm(next)
              setTouched(true)
            }}
          />
        ) : (
          <label>
            One line of the recipe, as JSON
            <textarea
              class="input mono"
              rows={6}
              spellcheck={false}
              value={line}
              onInput={(event) => setLine(event.currentTarget.value)}
            />
          </label>
        )}
        <p class={entry.ok ? 'notice warn' : 'issue'} role="status" hidden={problem === undefined}>
          {problem}
        </p>
        {refusal !== '' && refusal !== problem && (
          <p class="issue" role="alert">
            {refusal}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="button primary" disabled={!entry.ok}>
            {row === undefined ? 'Insert' : 'Change'}
          </button>
          <button type="button" class="button quiet" onClick={line === undefined ? asLine : asFields}>
            {line === undefined ? 'As JSON' : 'As fields'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function newEntry(step: number | null): RecipeEntry {
  return { ...NEW, at: { step: step ?? 0, event: null } }
}

function firstForm(before: RecipeEntry, isNew: boolean): EntryForm {
  const form = formOf(before)
  return isNew ? { ...form, params: [{ key: '', value: '' }] } : form
}

function Fields(props: { readonly form: EntryForm; readonly onChange: (form: EntryForm) => void }): JSX.Element {
  const { form, onChange } = props
  const { detail } = useRun()
  const controls = detail.value?.controls ?? []
  const set = (more: Partial<EntryForm>): void => onChange({ ...form, ...more })
  // If the entry sets only this control, its module changes with the control.
  const rename = (at: number, key: string): void => {
    const control = controls.find((one) => one.param_key === key.replace(/^ramps\./, ''))
    const params = form.params.map((param, i) => (i === at ? { ...param, key } : param))
    set({ params, ...(control !== undefined && form.params.length === 1 && { module: moduleOfGroup(control.group) }) })
  }
  return (
    <>
      <div class="entry-place">
        <Field label="Step" value={form.step} isNumber onInput={(step) => set({ step })} />
        <Field label="Event" value={form.event} hint="any" onInput={(event) => set({ event })} />
        <Field label="Module" value={form.module} onInput={(module) => set({ module })} />
        <Field label="Op" value={form.op} onInput={(op) => set({ op })} />
        <Field label="Id" value={form.id} onInput={(id) => set({ id })} />
      </div>
      <datalist id="recipe-keys">
        {controls.flatMap(({ param_key: key }) => [
          <option key={key} value={key} />,
          <option key={`ramps.${key}`} value={`ramps.${key}`} />,
        ])}
      </datalist>
      {form.params.map((param, i) => (
        // The key is the index, so that a row keeps its place while its name is typed.
        <div key={i} class="entry-param">
          <input
            class="input mono"
            list="recipe-keys"
            aria-label={`Name of value ${i + 1}`}
            placeholder="lr"
            autocomplete="off"
            value={param.key}
            onInput={(event) => rename(i, event.currentTarget.value)}
          />
          <input
            class="input mono"
            aria-label={`Value ${i + 1}`}
            placeholder='0.01, true, or {"type":"linear","steps":100,"end":0.1}'
            autocomplete="off"
            spellcheck={false}
            value={param.value}
            onInput={(event) => {
              const { value } = event.currentTarget
              set({ params: form.params.map((one, at) => (at === i ? { ...one, value } : one)) })
            }}
          />
          <button
            type="button"
            class="button icon quiet"
            aria-label={`Remove value ${i + 1}`}
            onClick={() => set({ params: form.params.filter((_, at) => at !== i) })}
          >
            ✕
          </button>
        </div>
      ))}
      <div>
        <button
          type="button"
          class="button small"
          onClick={() => set({ params: [...form.params, { key: '', value: '' }] })}
        >
          Add a value
        </button>
      </div>
    </>
  )
}

function Field(props: {
  readonly label: string
  readonly value: string
  readonly hint?: string
  readonly isNumber?: boolean
  readonly onInput: (value: string) => void
}): JSX.Element {
  const { label, value, hint, isNumber = false, onInput } = props
  return (
    <label>
      {label}
      <input
        class="input"
        placeholder={hint}
        inputMode={isNumber ? 'numeric' : 'text'}
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  )
}
