import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../parts/dialog.tsx'
import { entriesOf } from './editor.ts'
import { importText } from './import-text.ts'
import type { OpenRecipe, RecipeStore } from './recipe-store.ts'

/** Imports a recipe or an overlay from a file or from the clipboard. The import is one edit, which can be undone. */
export function ImportDialog(props: {
  readonly store: RecipeStore
  readonly open: OpenRecipe
  readonly onClose: () => void
}): JSX.Element {
  const { store, open, onClose } = props
  const [file, setFile] = useState('')
  const [text, setText] = useState('')
  const [adds, setAdds] = useState(false)
  const [problem, setProblem] = useState('')
  const entries = entriesOf(open.editor)
  const take = (event: Event): void => {
    event.preventDefault()
    const read = importText(text, { file, entries })
    // A patch that matches nothing is probably misspelt. A second click imports everything else.
    const refusal = read.ok ? read.value.notes[0] : read.reason
    if (refusal !== undefined && (!read.ok || problem !== refusal)) {
      setProblem(refusal)
      return
    }
    if (!read.ok) return
    if (read.value.kind === 'recipe' && adds) store.edit({ kind: 'insert', entries: read.value.entries })
    else store.replaceAll(read.value.entries)
    onClose()
  }
  const choose = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return
    try {
      setText(await chosen.text())
      setFile(chosen.name)
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <Dialog title="Import" onClose={onClose}>
      <form class="entry-form" onSubmit={take}>
        <label>
          A recipe (<code>.jsonl</code>) or an overlay (<code>.yaml</code>, <code>.json</code>)
          <input
            type="file"
            accept=".jsonl,.yaml,.yml,.json"
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
        </label>
        <label>
          Or its text
          <textarea
            class="input mono"
            rows={8}
            spellcheck={false}
            aria-invalid={problem !== ''}
            value={text}
            onInput={(event) => {
              setText(event.currentTarget.value)
              setProblem('')
              setFile('')
            }}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={adds} onChange={() => setAdds(!adds)} /> Add a recipe's entries to the
          existing ones
        </label>
        {problem !== '' && (
          <p class="issue" role="alert">
            {problem}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="button primary" disabled={text.trim() === ''}>
            Import
          </button>
        </div>
      </form>
    </Dialog>
  )
}
