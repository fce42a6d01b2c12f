import { runFiles } from '@hotcb/protocol'
import { formatOverlay, formatRecipe, overlayBetween } from '@hotcb/recipe'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { fileNameProblem, type RecipeFileRow, type RecipeFileText } from '../../../shared/recipes.ts'
import { ApiError, runPath, send } from '../../api.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { setView } from '../../route.ts'
import { ownReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import { entriesOf } from './editor.ts'
import type { OpenRecipe, RecipeStore } from './recipe-store.ts'

/** Saves the edits in the run directory, as an overlay or as a recipe. */
export function SaveDialog(props: {
  readonly store: RecipeStore
  readonly open: OpenRecipe
  readonly files: readonly RecipeFileRow[]
  readonly onClose: () => void
}): JSX.Element {
  const { store, open, files, onClose } = props
  const run = useRun()
  const [kind, setKind] = useState<Kind>('overlay')
  const [names, setNames] = useState<Readonly<Record<Kind, string>>>({
    overlay: runFiles.adjustYaml,
    recipe: nameFor(open),
  })
  const [savesBase, setSavesBase] = useState(open.file === null)
  const [isChanged, setChanged] = useState(false)
  const file = names[kind].trim()
  const problem = fileNameProblem(file, kind)
  const isKnown = files.some((one) => one.file === file)
  const barred = ownReason(run)
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    const texts = textsOf(open, { kind, file, files, savesBase })
    const isDone = await run.answers.act(`save ${file}`, async () => {
      const saved = await putAll(run.id, texts).catch((error: unknown) => {
        setChanged(error instanceof ApiError && error.code === 'changed')
        throw error
      })
      if (kind === 'overlay') return `replay it with --recipe ${baseOf(open)} --adjust ${file}`
      store.saved(saved)
      setView({ recipe: file })
      return 'written to the run directory'
    })
    if (isDone) onClose()
  }
  return (
    <Dialog title="Save in the run directory" onClose={onClose}>
      <form class="entry-form" onSubmit={(event) => void save(event)}>
        <KindChoice open={open} kind={kind} onKind={setKind} />
        <label>
          File
          <input
            class="input mono"
            spellcheck={false}
            aria-invalid={problem !== undefined}
            value={names[kind]}
            onInput={(event) => setNames({ ...names, [kind]: event.currentTarget.value })}
          />
        </label>
        {kind === 'overlay' && open.file === null && (
          <label class="check">
            <input type="checkbox" checked={savesBase} onChange={() => setSavesBase(!savesBase)} /> Save the changes of
            the run, without the edits, as <code>{baseOf(open)}</code> too
          </label>
        )}
        {problem !== undefined && <p class="issue">{problem}</p>}
        {isKnown && (
          <p class="notice warn">
            <code>{file}</code> already exists and will be replaced.
          </p>
        )}
        {isChanged && (
          <p class="notice bad" role="alert">
            A file was changed on disk since it was read here, and was not overwritten. Close this dialog, read the file
            again, and then save.
          </p>
        )}
        {barred !== undefined && <p class="muted">{barred}</p>}
        <div class="actions">
          <button type="submit" class="button primary" disabled={barred !== undefined || problem !== undefined}>
            {isKnown ? 'Replace' : 'Save'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

type Kind = 'overlay' | 'recipe'

function KindChoice(props: {
  readonly open: OpenRecipe
  readonly kind: Kind
  readonly onKind: (kind: Kind) => void
}): JSX.Element {
  const { open, kind, onKind } = props
  return (
    <fieldset class="choices">
      <legend class="visually-hidden">What to save</legend>
      <label class="check">
        <input type="radio" name="kind" checked={kind === 'overlay'} onChange={() => onKind('overlay')} /> An overlay:
        only the edits, for a replay of <code>{baseOf(open)}</code>
      </label>
      <label class="check">
        <input type="radio" name="kind" checked={kind === 'recipe'} onChange={() => onKind('recipe')} /> A recipe: all{' '}
        {open.editor.rows.length} entries
      </label>
    </fieldset>
  )
}

/** Returns the recipe to which an overlay with the edits applies. */
function baseOf({ file }: OpenRecipe): string {
  return file ?? runFiles.recipe
}

function nameFor({ file }: OpenRecipe): string {
  return file === null || file === runFiles.effectiveRecipe ? 'edited.recipe.jsonl' : file
}

interface TextToSave {
  readonly file: string
  readonly text: string
  /** The version to replace; null for a new file. */
  readonly stamp: string | null
}

function textsOf(
  open: OpenRecipe,
  how: {
    readonly kind: Kind
    readonly file: string
    readonly files: readonly RecipeFileRow[]
    readonly savesBase: boolean
  },
): readonly TextToSave[] {
  const { kind, file, files, savesBase } = how
  const entries = entriesOf(open.editor)
  const stampOf = (name: string): string | null => {
    const known = files.find((one) => one.file === name)
    // The open recipe's file is replaced only if it is still the version that was edited.
    return known !== undefined && open.file === name ? open.stamp : (known?.stamp ?? null)
  }
  if (kind === 'recipe') return [{ file, text: formatRecipe(entries), stamp: stampOf(file) }]
  const base = baseOf(open)
  const before = { file: base, text: formatRecipe(open.base), stamp: stampOf(base) }
  const overlay = { file, text: formatOverlay(overlayBetween(open.base, entries)), stamp: stampOf(file) }
  return open.file === null && savesBase ? [before, overlay] : [overlay]
}

/** Writes files one after another; returns the last one with its new stamp. */
async function putAll(id: string, texts: readonly TextToSave[]): Promise<RecipeFileText> {
  let saved: RecipeFileText | undefined
  for (const { file, text, stamp } of texts) {
    saved = await send<RecipeFileText>(runPath(id, `recipes/${encodeURIComponent(file)}`), { text, stamp }, 'PUT')
  }
  if (saved === undefined) throw new Error('unreachable: there is a text to save')
  return saved
}
