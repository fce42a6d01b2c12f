import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { errnoOf, replaceDocument } from '@hotcb/journal'
import {
  type FreezeState,
  messageOf,
  ok,
  placesOfSource,
  type Result,
  refused,
  runFiles,
  type SourceCapture,
  type YamlReader,
} from '@hotcb/protocol'
import { formatRecipe, missingSources, placeMismatch, type ReplayPlan, readReplay } from '@hotcb/recipe'
import type { RecipePort } from '../ports.ts'

/** Reads the recipe and overlay files that the freeze document names. */
export function recipeFiles(runDir: string, parseYaml: YamlReader): RecipePort {
  return {
    load(freeze) {
      const path = freeze.recipe_path ?? runFiles.recipe
      const text = read(runDir, path, 'recipe')
      if (!text.ok) return text
      const overlay = readAdjust(runDir, freeze)
      if (!overlay.ok) return overlay
      const recipe = { file: path, text: text.value }
      const plan = readReplay({ recipe, overlay: overlay.value, parseYaml, stepOffset: freeze.step_offset })
      return plan.ok ? withSources(plan.value, runDir, dirname(findToRead(runDir, path))) : plan
    },
    writeEffective(entries) {
      replaceDocument(join(runDir, runFiles.effectiveRecipe), formatRecipe(entries))
    },
  }
}

// The captured sources are checked before the first step. If a replay detected a missing source only at its step, all
// training up to that step would be wasted.
function withSources(plan: ReplayPlan, run: string, recipe: string): Result<ReplayPlan> {
  const bases = { run, working: resolve('.'), recipe }
  const find = (capture: SourceCapture): string | null => placesOfSource(capture, bases).find(isFile) ?? null
  const [missing] = missingSources(plan.entries, find)
  return missing === undefined ? ok(plan) : refused(placeMismatch(plan, missing))
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/**
 * Resolves the path of a file to read. A relative path is tried in the run directory first, then in the working
 * directory.
 */
export function findToRead(runDir: string, path: string): string {
  if (isAbsolute(path)) return path
  const inRun = join(runDir, path)
  return existsSync(inRun) ? inRun : resolve(path)
}

function readAdjust(
  runDir: string,
  freeze: FreezeState,
): Result<{ readonly file: string; readonly text: string } | null> {
  // Plain `replay` applies no overlay, even if one is named.
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
    const why = isMissing ? 'the file does not exist' : messageOf(error)
    return refused(`${path}: the ${what} cannot be read: ${why}`)
  }
}
