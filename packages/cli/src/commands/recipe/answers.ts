import { answer, type CommandAnswer, lines, oneOf } from '../../answers/answer.ts'
import { recipeEntry, recipeRow } from '../../answers/run-shapes.ts'
import { queuedCommand } from '../../answers/sent.ts'
import {
  anything,
  flag,
  list,
  maybe,
  means,
  nothing,
  object,
  orNull,
  type Shape,
  text,
  textOrNull,
  texts,
  whole,
  wholeOrNull,
  word,
} from '../../answers/shapes.ts'

/** `recipe export`, `apply` and `edit`. */
export const recipeWrittenAnswer: CommandAnswer = answer(
  1,
  object({
    path: means(textOrNull, 'null with `--out -`'),
    entries: means(whole, 'how many'),
    recipe: means(maybe(list(recipeEntry)), 'only with `--out -`'),
    notes: texts,
  }),
)

export const recipeShowAnswer: CommandAnswer = lines(1, { 'each entry': recipeRow })

export const recipeValidateAnswer: CommandAnswer = oneOf(1, {
  'for a recipe': object({
    valid: flag,
    file: text,
    entries: means(whole, 'how many'),
    against: textOrNull,
    problems: list(object({ file: text, line: wholeOrNull, reason: text })),
  }),
  'for a tuner recipe': object({ valid: flag, file: text, knobs: orNull(texts), problems: texts }),
})

/** A difference between two recipes, or between the changes of two runs. */
export const recipeDifference: Shape = object({
  kind: word('added', 'removed', 'changed'),
  before: orNull(recipeEntry),
  after: orNull(recipeEntry),
  fields: list(object({ path: text, before: maybe(anything), after: maybe(anything) })),
})

export const recipeDiffAnswer: CommandAnswer = answer(1, object({ same: flag, differences: list(recipeDifference) }))

export const recipeTemplateAnswer: CommandAnswer = oneOf(1, {
  'with `--output -`': object({ path: nothing, overlay: text }),
  otherwise: object({ path: text }),
})

export const recipeOverlayAnswer: CommandAnswer = oneOf(1, {
  'with `--out -`': object({ path: nothing, patches: whole, overlay: text }),
  otherwise: object({ path: text, patches: whole }),
})

export const recipeQueueAnswer: CommandAnswer = answer(1, object({ queued: list(queuedCommand), notes: texts }))
