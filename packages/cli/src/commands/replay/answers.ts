import { answer, type CommandAnswer } from '../../answers/answer.ts'
import { recipeEntry } from '../../answers/run-shapes.ts'
import {
  anything,
  flag,
  list,
  means,
  numberOrNull,
  object,
  orNull,
  text,
  textOrNull,
  texts,
  whole,
  word,
} from '../../answers/shapes.ts'
import { recipeDifference } from '../recipe/answers.ts'

const verification = {
  verdict: word('identical', 'different', 'missing'),
  equal: means(whole, 'values that are bit-identical'),
  first: means(
    orNull(object({ step: whole, name: text, a: numberOrNull, b: numberOrNull })),
    'the first value that differs',
  ),
  missing: object({ count: whole, examples: list(object({ step: whole, name: text, in: word('a', 'b') })) }),
  weights: orNull(object({ a: textOrNull, b: textOrNull, equal: flag })),
}

export const replayVerifyAnswer: CommandAnswer = answer(1, object({ a: text, b: text, ...verification, notes: texts }))

export const replayPreviewAnswer: CommandAnswer = answer(
  1,
  object({
    against: means(textOrNull, 'the run whose controls were checked'),
    fits: flag,
    rows: list(
      object({ step: whole, event: textOrNull, what: text, entry: recipeEntry, origin: text, problem: textOrNull }),
    ),
    notes: texts,
  }),
)

export const diffAnswer: CommandAnswer = answer(
  1,
  object({
    a: text,
    b: text,
    parameters: list(object({ name: text, a: anything, b: anything })),
    changes: list(recipeDifference),
    finals: list(object({ name: text, a: numberOrNull, b: numberOrNull, change: numberOrNull })),
    verification: object(verification),
    notes: texts,
  }),
)
