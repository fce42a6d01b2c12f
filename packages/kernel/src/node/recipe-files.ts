import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { errnoOf, replaceDocument } from '@hotcb/journal'
import { type FreezeState, messageOf, ok, type Result, refused, runFiles, type YamlReader } from '@hotcb/protocol'
import { formatRecipe, readReplay } from '@hotcb/recipe'
import type { RecipePort } from '../ports.ts'

/** Recipes and overlays as files, named by the freeze document. */
export function recipeFiles(runDir: string, parseYaml: YamlReader): RecipePort {
  return {
    load(freeze) {
      const path = freeze.recipe_path ?? runFiles.recipe
      const text = read(runDir, path, 'recipe')
      if (!text.ok) return text
      const overlay = readAdjust(runDir, freeze)
      if (!overlay.ok) return overlay
      const recipe = { file: path, text: text.value }
      return readReplay({ recipe, overlay: overlay.value, parseYaml, stepOffset: freeze.step_offset })
    },
    writeEffective(entries) {
      replaceDocument(join(runDir, runFiles.effectiveRecipe), formatRecipe(entries))
    },
  }
}

/** Where a path to be read lies: relative ones against the run directory, then the working directory. */
export function findToRead(runDir: string, path: string): string {
  if (isAbsolute(path)) return path
  const inRun = join(runDir, path)
  return existsSync(inRun) ? inRun : resolve(path)
}

function readAdjust(
  runDir: string,
  freeze: FreezeState,
): Result<{ readonly file: string; readonly text: string } | null> {
  // Plain `replay` applies no overlay, though one may be named.
  if (freeze.mode !== 'replay_adjusted') return ok(null)
  const file = freeze.adjust_path ?? defaultAdjust(runDir)
  const text = read(runDir, file, 'overlay')
  return text.ok ? ok({ file, text: text.value }) : text
}

function defaultAdjust(runDir: string): string {
  return existsSync(join(runDir, runFiles.adjustJson)) ? runFiles.adjustJson : runFiles.adjustYaml
}

function read(runDir: string, path: string, what: string): Result<string> {
  try {
    return ok(readFileSync(findToRead(runDir, path), 'utf8'))
  } catch (error) {
    const isMissing = errnoOf(error) === 'ENOENT'
    const why = isMissing ? 'there is no such file' : messageOf(error)
    return refused(`${path}: the ${what} cannot be read: ${why}`)
  }
}
