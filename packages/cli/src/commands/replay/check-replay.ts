import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { type FreezeState, runFiles } from '@hotcb/protocol'
import { fitRecipe, missingSources, placeMismatch } from '@hotcb/recipe'
import type { Run } from '../../run.ts'
import { sourceFinder } from '../recipe/captured-sources.ts'
import { lateNotes } from '../recipe/late-notes.ts'
import { loadPlan, runControls } from '../recipe/load-plan.ts'
import { fileOf, pathForTrainer } from '../recipe/source-text.ts'

/** A freeze document for a replay mode, with notes for the user. */
export interface CheckedReplay {
  readonly state: FreezeState
  readonly notes: readonly string[]
}

/**
 * Reads the recipe and the overlay of a replay as its trainer will, before the freeze document names them.
 *
 * A mismatch is an error if a trainer is or may be alive, because the trainer would stop. Otherwise it is a note, because the next trainer
 * may have different controls.
 *
 * @throws CommandError `refused` naming file, line and field.
 */
export function checkReplay(run: Run, asked: FreezeState): CheckedReplay {
  const { dir } = run
  const recipe = asked.recipe_path ?? runFiles.recipe
  const adjust = asked.mode === 'replay_adjusted' ? (asked.adjust_path ?? defaultOverlay(run)) : undefined
  if (recipe === '-' || adjust === '-')
    throw usageError('the trainer reads the recipe and the overlay from files, not from `-`')
  const plan = loadPlan(dir, { recipe, adjust, stepOffset: String(asked.step_offset) })
  const [senseless] = fitRecipe(plan.entries, null)
  if (senseless !== undefined) throw refusal(placeMismatch(plan, senseless))
  // A foreign kernel stores sources in its own format.
  const [missing] = run.isForeign() ? [] : missingSources(plan.entries, sourceFinder(dir, fileOf(dir, recipe)))
  if (missing !== undefined) throw refusal(placeMismatch(plan, missing))
  const mismatches = fitRecipe(plan.entries, runControls(run, plan.entries))
  const shown = mismatches.slice(0, 3).map((mismatch) => placeMismatch(plan, mismatch))
  const more = mismatches.length > shown.length ? `; and ${mismatches.length - shown.length} more` : ''
  const mismatch = shown.length === 0 ? null : `the recipe does not match this run: ${shown.join('; ')}${more}`
  const life = run.life()
  if (mismatch !== null && life.verdict !== 'dead') throw refusal(`${mismatch}: the freeze was not changed`)
  // A foreign kernel resolves a relative path in its own working directory, and does not replay at all if the file is missing.
  const isForeign = run.isForeign()
  const place = (path: string): string =>
    isForeign ? resolve(dir, pathForTrainer(dir, path)) : pathForTrainer(dir, path)
  return {
    state: {
      ...asked,
      recipe_path: place(recipe),
      adjust_path: adjust === undefined ? null : place(adjust),
    },
    notes: [
      ...plan.notes,
      ...lateNotes(plan.entries, life),
      ...(plan.entries.length === 0 ? ['the recipe has no entries: the replay will change nothing'] : []),
      ...(mismatch === null
        ? []
        : [`${mismatch}; a trainer with the same controls as the last one would stop before its first step`]),
    ],
  }
}

function defaultOverlay(run: Run): string {
  return existsSync(run.path('adjustJson')) ? runFiles.adjustJson : runFiles.adjustYaml
}
