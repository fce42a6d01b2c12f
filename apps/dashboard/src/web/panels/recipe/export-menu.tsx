import { formatOverlay, formatRecipe, overlayBetween } from '@hotcb/recipe'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../parts/dialog.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { useRun } from '../../run/run-context.ts'
import { entriesOf } from './editor.ts'
import type { OpenRecipe } from './recipe-store.ts'

/** Saves the edited recipe as a file that the command line can read. */
export function ExportMenu({ open }: { readonly open: OpenRecipe }): JSX.Element {
  const { detail } = useRun()
  const [isOpen, setOpen] = useState(false)
  const { base, editor, file } = open
  const entries = entriesOf(editor)
  const name = (file ?? `${detail.value?.row.name ?? 'run'}.recipe.jsonl`).replace(/[^\w.-]+/g, '-')
  const stem = name.replace(/\.?recipe\.(effective\.)?jsonl$/, '') || 'hotcb'
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        Export
      </button>
      {isOpen && (
        <Dialog title="Export" onClose={() => setOpen(false)}>
          <p class="muted">
            A recipe contains all entries. An overlay contains only the edits, for the <code>--adjust</code> option of{' '}
            <code>hotcb recipe apply</code>, <code>replay preview</code> and <code>freeze</code>.
          </p>
          <div class="actions">
            <button
              type="button"
              class="button"
              onClick={() => saveText(formatRecipe(entries), `${stem}.recipe.jsonl`)}
            >
              Recipe, JSON lines
            </button>
            <button
              type="button"
              class="button"
              onClick={() => saveText(formatOverlay(overlayBetween(base, entries)), `${stem}.adjust.yaml`)}
            >
              Overlay, YAML
            </button>
            <button
              type="button"
              class="button"
              onClick={() =>
                saveText(`${JSON.stringify(overlayBetween(base, entries), null, 2)}\n`, `${stem}.adjust.json`)
              }
            >
              Overlay, JSON
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

function saveText(text: string, name: string): void {
  saveFile(new Blob([text], { type: 'application/octet-stream' }), name)
}
