import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'
import { type HotModule, messageOf, runFiles } from '@hotcb/protocol'
import { type RecipeTextReading, readTuneRecipeText } from '../recipe.ts'
import { createTuner, type TunerOptions } from '../tuner.ts'
import { tuneFiles } from './files.ts'

/** Options for {@link openTuner}. */
export interface TuneOptions extends Pick<TunerOptions, 'mode' | 'keyMetric' | 'evaluateFrom'> {
  /** The recipe file. @defaultValue `hotcb.tune.recipe.yaml` in the run directory, if it exists */
  readonly recipe?: string
}

/**
 * Opens a run directory's tuner, for `openKernel`. It reads the recipe there and records its actions in `hotcb.tune.mutations.jsonl`,
 * `hotcb.tune.segments.jsonl` and `hotcb.tune.summary.json`. If the recipe contains a mistake, the tuner stays off, and the log shows where
 * the mistake is.
 *
 * @example
 * ```ts
 * const kernel = openKernel(dir, { state, modules: [openMetricsCollector(), openTuner(dir, { mode: 'active' })] })
 * ```
 */
export function openTuner(runDir: string, options: TuneOptions = {}): HotModule {
  const { recipe: path, ...rest } = options
  const read = readRecipe(path ?? join(runDir, runFiles.tuneRecipe), path !== undefined)
  const files = tuneFiles(runDir)
  if (read === null) return createTuner({ ...rest, files })
  return createTuner(read.ok ? { ...rest, files, recipe: read } : { ...rest, files, problems: read.problems })
}

function readRecipe(path: string, isNamed: boolean): RecipeTextReading | null {
  try {
    const document = readDocument(path)
    if (document !== null) return readTuneRecipeText(document.text, path)
    return isNamed ? { ok: false, problems: [`the recipe \`${path}\` does not exist`] } : null
  } catch (error) {
    return { ok: false, problems: [messageOf(error)] }
  }
}
