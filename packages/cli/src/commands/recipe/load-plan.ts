import { refusal, usageError } from '@hotcb/commands'
import type { RecipeEntry } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { type Recipe, type ReplayPlan, type RunControls, readRecipe, readReplay, runControlsOf } from '@hotcb/recipe'
import { moduleTable, type Run, readControls } from '../../run.ts'
import { readSource } from './source-text.ts'

/** The inputs of a replay, as the user typed them. */
export interface PlanPaths {
  readonly recipe: string
  readonly adjust?: string | undefined
  readonly stepOffset?: string | undefined
}

/**
 * Reads a recipe, with its overlay and offset, as a trainer does.
 *
 * @throws CommandError `refused`: one line that names the file, the line, the field, the actual value and the expected one.
 */
export function loadPlan(dir: string, { recipe, adjust, stepOffset = '0' }: PlanPaths): ReplayPlan {
  if (recipe === '-' && adjust === '-') throw usageError('the recipe and the overlay cannot both be standard input')
  const overlay = adjust === undefined ? null : readSource(dir, adjust, 'overlay')
  const plan = readReplay({
    recipe: readSource(dir, recipe, 'recipe'),
    overlay,
    parseYaml,
    stepOffset: Number(stepOffset),
  })
  if (!plan.ok) throw refusal(plan.reason)
  return plan.value
}

/** Reads a recipe without changing it. */
export function loadRecipe(dir: string, path: string): Recipe {
  const { file, text } = readSource(dir, path, 'recipe')
  const recipe = readRecipe(text, { file })
  if (!recipe.ok) throw refusal(recipe.reason)
  return recipe.value
}

/** Returns the run's controls and modules against which these entries are checked; null if the run has not described any. */
export function runControls(run: Run, entries: readonly RecipeEntry[]): RunControls | null {
  return runControlsOf(
    { controls: readControls(run), modules: run.document('state').value?.modules, table: moduleTable(run) },
    entries,
  )
}
