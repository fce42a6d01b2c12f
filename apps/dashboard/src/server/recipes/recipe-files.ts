import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readStampedDocumentAsync, replaceDocument } from '@hotcb/journal'
import { show } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { readOverlayText, readRecipe } from '@hotcb/recipe'
import { fileNameProblem, type RecipeFileRow, type RecipeFileText, recipeFileKind } from '../../shared/recipes.ts'
import { Problem } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { stampOf } from '../run-files.ts'

type Place = Pick<OpenRun, 'dir' | 'roots'>

/** Lists the recipes and overlays in a run directory by name. Unreadable ones are not listed. */
export async function listRecipeFiles({ dir, roots }: Place): Promise<readonly RecipeFileRow[]> {
  const names = await readdir(dir).catch(() => [])
  const rows = names.sort().map(async (file): Promise<readonly RecipeFileRow[]> => {
    const kind = recipeFileKind(file)
    if (kind === null) return []
    const read = await stampedOf({ dir, roots }, file).catch(() => null)
    return read === null ? [] : [{ file, kind, stamp: read.stamp, size: read.size }]
  })
  return (await Promise.all(rows)).flat()
}

/** @throws Problem `not_found` if the recipe or overlay does not exist. */
export async function readRecipeFile(place: Place, file: string): Promise<RecipeFileText> {
  const read = recipeFileKind(file) === null ? null : await stampedOf(place, file)
  if (read === null) throw new Problem(404, 'not_found', `this run has no recipe or overlay ${show(file, 100)}`)
  const { text, stamp } = read
  return { file, text, stamp }
}

/**
 * Creates or replaces a whole recipe or overlay.
 *
 * @param draft `stamp` is the stamp of the version to replace; null for a new file.
 * @throws Problem `bad_request` for an invalid name or malformed text; `changed` if the file has a different version.
 */
export async function writeRecipeFile(
  place: Place,
  { file, text, stamp }: { readonly file: string; readonly text: string; readonly stamp: string | null },
): Promise<RecipeFileText> {
  const kind = file.endsWith('.jsonl') ? 'recipe' : 'overlay'
  const problem = fileNameProblem(file, kind)
  if (problem !== undefined) throw new Problem(400, 'bad_request', `${problem}, got ${show(file, 100)}`)
  const read = kind === 'recipe' ? readRecipe(text, { file }) : readOverlayText(text, { file, parseYaml })
  if (!read.ok) throw new Problem(400, 'bad_request', read.reason)
  const now = await stampedOf(place, file)
  if ((now?.stamp ?? null) !== stamp) {
    const since = now === null ? 'was deleted since it was read' : 'was changed since it was read'
    throw new Problem(409, 'changed', `\`${file}\` ${stamp === null ? 'already exists' : since}`)
  }
  replaceDocument(join(place.dir, file), text, { within: place.roots })
  return readRecipeFile(place, file)
}

async function stampedOf(
  { dir, roots }: Place,
  file: string,
): Promise<(RecipeFileText & { readonly size: number }) | null> {
  const path = join(dir, file)
  const { size } = await stampOf(path, roots)
  const read = await readStampedDocumentAsync(path, { within: roots, maxBytes: MAX_BYTES })
  // Without a known stamp, the result is never `same`.
  return read === null || read === 'same' ? null : { file, text: read.text, stamp: read.stamp, size }
}

const MAX_BYTES = 16 * 1024 * 1024
