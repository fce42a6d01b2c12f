import type { ControlDescription, Json, TuneRecipe } from '@hotcb/protocol'
import { defaultRecipe } from './default-recipe.ts'
import type { TunerHistoryFold } from './fold.ts'
import { type Horizon, readHorizon } from './horizon.ts'
import { type Knobs, knobsOf } from './knob.ts'
import { withSettings } from './settings.ts'
import type { TuneMode, TunerHistory } from './story.ts'
import type { TunerOptions } from './tuner.ts'

/** A tuner's current recipe with all settings applied, and its mode. */
export interface Plan {
  readonly recipe: TuneRecipe
  readonly horizon: Horizon
  readonly mode: TuneMode
  /** Whether the recipe was derived from the run's controls because none was given. */
  readonly isDerived: boolean
  readonly keyMetric: string | null
  /** Whether the trainer can rerun steps without a change. */
  readonly hasTwin: boolean
  /** Why the tuner stays off; empty if there are no problems. */
  readonly problems: readonly string[]
  /** The recipe document, without settings. */
  readonly document: Json
  /** The settings by dotted name. */
  readonly settings: Readonly<Record<string, Json>>
  /** Derives the recipe for a run that has none. */
  begin(controls: readonly ControlDescription[]): void
  /** Updates the plan from the ledger. */
  follow(): void
  knobs(controls: readonly ControlDescription[]): Knobs
}

/** Creates a tuner's plan from its options and its history. */
export function createPlan(options: TunerOptions, fold: TunerHistoryFold): Plan {
  const { problems = [], keyMetric = null, mode = 'off' } = options
  const isDerived = options.recipe === undefined
  let document: Json = options.recipe?.document ?? null
  let settings: TunerHistory['settings'] = {}
  let recipe = options.recipe?.recipe ?? defaultRecipe([])
  let horizon: Horizon = horizonOf(recipe)

  function update(): void {
    const read = withSettings(document, settings)
    // A setting was checked when it was made. A setting that is no longer valid is left out.
    if (!read.ok) return
    recipe = read.value
    horizon = horizonOf(recipe)
  }

  return {
    get recipe() {
      return recipe
    },
    get horizon() {
      return horizon
    },
    get mode() {
      return problems.length > 0 ? 'off' : (fold.story.mode ?? mode)
    },
    get document() {
      return document
    },
    get settings() {
      return settings
    },
    isDerived,
    keyMetric,
    hasTwin: options.evaluateFrom !== undefined,
    problems,
    begin(controls) {
      // The recipe is plain data, but its interface has no index signature.
      if (isDerived) document = defaultRecipe(controls) as unknown as Json
      settings = fold.story.settings
      update()
    },
    follow() {
      if (fold.story.settings === settings) return
      settings = fold.story.settings
      update()
    },
    knobs: (controls) => knobsOf(recipe, controls),
  }
}

function horizonOf({ acceptance }: TuneRecipe): Horizon {
  const read = readHorizon(acceptance.horizon)
  return read.ok ? read.value : { kind: 'validation', every: 1 }
}
