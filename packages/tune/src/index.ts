// The entire public API of @hotcb/tune: the parts of a tuner, for any host, and the readers of its ledger lines.
export { type AcceptCommand, acceptCommand, type RejectCommand, rejectCommand } from './answer.ts'
export { beliefsOf, describeBelief, type JudgedMove, type TunerBelief } from './beliefs.ts'
export { defaultRecipe } from './default-recipe.ts'
export { evolveRecipe } from './evolve.ts'
export { describeMutation, explainMutation } from './explain.ts'
export { createTunerHistoryFold, storyOf, type TunerHistoryFold } from './fold.ts'
export { type Knob, type Knobs, knobsOf } from './knob.ts'
export { type RecipeReading, type RecipeTextReading, readTuneRecipe, readTuneRecipeText } from './recipe.ts'
export { withSettings } from './settings.ts'
export {
  type Judgement,
  type Mutation,
  type MutationState,
  suggestedMutation,
  TUNE_MODES,
  type TuneMode,
  type TunerHistory,
  type TunerRecord,
  type TwinEffect,
  waitingProblem,
} from './story.ts'
export { familiesOf, summaryOf } from './summary.ts'
export { createTuner, type TuneFiles, type TunerOptions } from './tuner.ts'
export type { EvaluateFrom, TwinOp, TwinRequest, TwinStep } from './twin.ts'
export { cidOf } from './words.ts'
