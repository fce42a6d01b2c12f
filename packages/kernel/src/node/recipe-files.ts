import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { type FreezeState, type Overlay, ok, type Result, refused, runFiles } from '@hotcb/protocol'
import { formatRecipe, planReplay, readOverlayText, readRecipe } from '@hotcb/recipe'
import type { RecipePort } from '../ports.ts'

/** Recipes and overlays as files, named by the freeze document. */
export function recipeFiles(runDir: string, parseYaml: (text: string) => unknown): RecipePort {
  return {
    load(freeze) {
      const path = freeze.recipe_path ?? runFiles.recipe
      const text = read(runDir, path, 'recipe')
      if (!text.ok) return text
      const recipe = readRecipe(text.value, { file: path })
      if (!recipe.ok) return recipe
      const overlay = readAdjust(runDir, freeze, parseYaml)
      if (!overlay.ok) return overlay
      return planReplay(recipe.value, {
        stepOffset: freeze.step_offset,
        overlay: overlay.value,
        overlayFile: freeze.adjust_path ?? runFiles.adjustYaml,
      })
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

function readAdjust(runDir: string, freeze: FreezeState, parseYaml: (text: string) => unknown): Result<Overlay | null> {
  // Plain `replay` applies no overlay, though one may be named.
  if (freeze.mode !== 'replay_adjusted') return ok(null)
  const path = freeze.adjust_path ?? defaultAdjust(runDir)
  const text = read(runDir, path, 'overlay')
  return text.ok ? readOverlayText(text.value, { file: path, parseYaml }) : text
}

function defaultAdjust(runDir: string): string {
  return existsSync(join(runDir, runFiles.adjustJson)) ? runFiles.adjustJson : runFiles.adjustYaml
}

function read(runDir: string, path: string, what: string): Result<string> {
  try {
    return ok(readFileSync(findToRead(runDir, path), 'utf8'))
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = isMissing ? 'there is no such file' : error instanceof Error ? error.message : String(error)
    return refused(`${path}: the ${what} cannot be read: ${why}`)
  }
}
