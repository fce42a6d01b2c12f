import { answer, type CommandAnswer, lines } from '../../answers/answer.ts'
import {
  facts,
  flag,
  list,
  means,
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

const level = word('info', 'warning', 'critical')

/** `notify send` and `notify test`. */
export const notifySentAnswer: CommandAnswer = answer(
  1,
  object({ channels: list(object({ channel: text, ok: flag, reason: textOrNull })) }),
)

const message = object({
  title: text,
  text,
  level,
  run: text,
  step: wholeOrNull,
  rule: text,
  phase: word('opened', 'repeated', 'recovered', 'test', 'sent'),
  metric: textOrNull,
  value: numberOrNull,
  action: textOrNull,
})

export const notifyLogAnswer: CommandAnswer = lines(1, {
  'each message': object({
    id: text,
    ts: number,
    changed: number,
    channel: text,
    state: word('due', 'sent', 'failed', 'dropped'),
    tries: whole,
    reason: textOrNull,
    message: orNull(message),
  }),
})

export const notifyRulesAnswer: CommandAnswer = answer(
  1,
  object({
    path: text,
    channels: list(object({ name: text, kind: text })),
    rules: list(
      object({
        id: text,
        on: text,
        metric: textOrNull,
        value: numberOrNull,
        window: wholeOrNull,
        when: textOrNull,
        hold: facts,
        cooldown: facts,
        channels: texts,
        level,
        template: textOrNull,
      }),
    ),
    quiet: means(orNull(object({ from: whole, to: whole, zone: text, except: texts })), 'minutes after midnight'),
    per_hour: whole,
  }),
)

export const notifyRunAnswer: CommandAnswer = answer(
  1,
  object({ watching: means(texts, 'the run, or the directories given with `--root`'), config: textOrNull }),
)
