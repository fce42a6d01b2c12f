import { answer, type CommandAnswer } from '../../answers/answer.ts'
import { decision, freezeState } from '../../answers/run-shapes.ts'
import { flag, maybe, means, object, orNull, text, textOrNull, whole, wholeOrNull } from '../../answers/shapes.ts'

/** `freeze` and `unfreeze`. */
export const freezeAnswer: CommandAnswer = answer(
  1,
  object({
    freeze: freezeState,
    was: means(text, 'the previous mode, or `unreadable`'),
    changed: flag,
    trainer_alive: orNull(flag),
    decision: means(maybe(decision), 'only if the trainer answered, like all keys below'),
    step: maybe(wholeOrNull),
    seq: maybe(whole),
    error: maybe(textOrNull),
  }),
)
