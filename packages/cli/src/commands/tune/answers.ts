import { answer, type CommandAnswer, oneOf } from '../../answers/answer.ts'
import {
  byName,
  facts,
  factsOrNull,
  flag,
  list,
  means,
  nothing,
  number,
  numberOrNull,
  object,
  orNull,
  text,
  textOrNull,
  texts,
  whole,
  wholeOrNull,
  word,
} from '../../answers/shapes.ts'

const judgement = object({
  seq: whole,
  step: whole,
  decision: word('accepted', 'rejected'),
  score: numberOrNull,
  z: numberOrNull,
  n: whole,
  bad: textOrNull,
  putBack: orNull(word('values', 'weights')),
  before: numberOrNull,
  now: numberOrNull,
})

const twin = object({
  metric: text,
  difference: number,
  low: number,
  high: number,
  pairs: whole,
  steps: whole,
  with: number,
  without: number,
})

/** A change that the tuner tried. */
const mutation = object({
  id: text,
  number: whole,
  seq: whole,
  step: whole,
  epoch: numberOrNull,
  event: textOrNull,
  knob: text,
  module: text,
  key: text,
  mode: word('mult', 'delta', 'set'),
  value: number,
  from: number,
  to: number,
  phase: text,
  by: text,
  metric: text,
  baseline: facts,
  context: facts,
  state: word('suggested', 'declined', 'lapsed', 'asked', 'failed', 'applied', 'accepted', 'rejected', 'void'),
  appliedStep: wholeOrNull,
  appliedSeq: wholeOrNull,
  old: factsOrNull,
  declinedStep: wholeOrNull,
  judgement: orNull(judgement),
  isRegretted: flag,
  because: textOrNull,
  twin: orNull(twin),
  twinProblem: textOrNull,
})

export const tuneWhyAnswer: CommandAnswer = answer(1, mutation)

export const tuneStatusAnswer: CommandAnswer = answer(
  1,
  object({
    now: means(factsOrNull, 'what the tuner in the trainer reports'),
    mode: textOrNull,
    mutations: list(mutation),
    families: list(
      object({ name: text, judged: whole, accepted: whole, meanScore: numberOrNull, center: numberOrNull }),
    ),
    beliefs: list(
      object({
        knob: text,
        direction: word('up', 'down'),
        judged: whole,
        accepted: whole,
        mean: number,
        low: number,
        high: number,
        meanScore: numberOrNull,
        moves: list(object({ mutation: text, value: number, score: numberOrNull, isKept: flag, phase: text })),
      }),
    ),
  }),
)

const summary = object({
  total_mutations: whole,
  applied_mutations: whole,
  segments_by_decision: byName(whole),
  win_rates: byName(numberOrNull),
  mean_scores: byName(numberOrNull),
  accept_rate: numberOrNull,
  mode: text,
  total_steps: wholeOrNull,
})

const recipe = object({
  version: whole,
  objective: object({ primary: text, mode: word('min', 'max'), backup_metrics: texts }),
  phases: facts,
  actuators: facts,
  search: facts,
  acceptance: facts,
  safety: facts,
})

export const tuneExportRecipeAnswer: CommandAnswer = oneOf(1, {
  'with `--out -`': object({ path: nothing, recipe, summary }),
  otherwise: object({ path: text }),
})
