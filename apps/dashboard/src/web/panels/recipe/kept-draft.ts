import { isObject, parseJson, type RecipeEntry } from '@hotcb/protocol'
import { formatRecipe, readRecipe } from '@hotcb/recipe'
import { entriesOf } from './editor.ts'
import type { OpenRecipe } from './recipe-store.ts'

/** The edits that were made before the page was reloaded. */
export interface KeptDraft {
  readonly file: string | null
  readonly stamp: string | null
  readonly base: readonly RecipeEntry[]
  readonly entries: readonly RecipeEntry[]
}

/** Converts an open recipe's edits to text. */
export function writeDraft({
  file,
  stamp,
  base,
  editor,
}: Pick<OpenRecipe, 'file' | 'stamp' | 'base' | 'editor'>): string {
  return JSON.stringify({ file, stamp, base: formatRecipe(base), entries: formatRecipe(entriesOf(editor)) })
}

/** Parses the text from {@link writeDraft}; undefined for any other text. */
export function readDraft(text: string | null): KeptDraft | undefined {
  const parsed = text === null ? undefined : parseJson(text)
  if (parsed?.ok !== true || !isObject(parsed.value)) return undefined
  const { file, stamp, base, entries } = parsed.value
  const [was, is] = [entriesIn(base), entriesIn(entries)]
  if (was === undefined || is === undefined) return undefined
  return { file: textOrNull(file), stamp: textOrNull(stamp), base: was, entries: is }
}

function entriesIn(text: unknown): readonly RecipeEntry[] | undefined {
  const read = typeof text === 'string' ? readRecipe(text, { file: 'draft' }) : undefined
  return read?.ok === true ? read.value.entries : undefined
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
