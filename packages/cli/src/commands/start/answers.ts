import { answer, type CommandAnswer, oneOf } from '../../answers/answer.ts'
import { metricValues, origin } from '../../answers/run-shapes.ts'
import {
  facts,
  flag,
  list,
  maybe,
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

export const initAnswer: CommandAnswer = answer(
  1,
  object({ run_dir: text, files: list(object({ file: text, created: flag })) }),
)

/** The answer of `demo`: the run document at the end of the run. */
export const demoAnswer: CommandAnswer = answer(
  1,
  object({
    run_id: text,
    config: text,
    max_steps: wholeOrNull,
    max_time: numberOrNull,
    step_delay: numberOrNull,
    seed: wholeOrNull,
    key_metric: textOrNull,
    started_at: textOrNull,
    run_dir: text,
    completed_at: textOrNull,
    stopped_early: orNull(flag),
    final_metrics: orNull(metricValues),
    weights_sha256: maybe(textOrNull),
    ranks: maybe(wholeOrNull),
    parent: maybe(orNull(object({ run: text, seq: whole, step: whole, tag: maybe(text), dir: maybe(text) }))),
    exit_code: maybe(wholeOrNull),
    origin: maybe(orNull(origin)),
    params: maybe(facts),
  }),
)

export const serveAnswer: CommandAnswer = answer(
  1,
  object({ address: means(text, 'with the token, if one is needed'), port: whole, notes: texts }),
)

export const serveTokenAnswer: CommandAnswer = oneOf(1, {
  '`add`': object({ user: text, role: word('viewer', 'operator', 'owner'), token: text, replaced: flag }),
  '`list`': object({ tokens: list(object({ user: text, role: text, made: text })) }),
  '`remove`': object({ user: text, removed: flag }),
})

const session = object({
  id: text,
  user: textOrNull,
  peer: text,
  client: textOrNull,
  rights: texts,
  since: number,
  last: number,
  requests: whole,
  revoked: flag,
})

export const serveAgentsAnswer: CommandAnswer = oneOf(1, {
  '`list`': object({ version: means(whole, 'the version of this document: 1'), sessions: list(session) }),
  '`revoke`': object({ session, token_revoked: flag }),
})

export const installSkillAnswer: CommandAnswer = answer(
  1,
  object({
    version: means(whole, 'the version of this document: 1'),
    files: list(object({ agent: text, kind: word('skill', 'server'), path: text, written: flag })),
  }),
)

export const launchAnswer: CommandAnswer = {
  version: 1,
  prints: 'lines',
  documents: [
    {
      when: 'at the start',
      shape: object({ run_dir: text, address: textOrNull, pid: wholeOrNull, resumed: flag }),
    },
    {
      when: 'at the end',
      shape: object({
        run_dir: text,
        exit_code: wholeOrNull,
        signal: textOrNull,
        asked: means(textOrNull, 'why it was asked to stop'),
        step: wholeOrNull,
        stopped_early: flag,
        leftovers: flag,
        metrics: metricValues,
      }),
    },
  ],
}

const named = list(object({ name: text, title: text }))

/** `bench run` and `bench eval`. */
export const benchAnswer: CommandAnswer = oneOf(1, {
  'with `--list`': object({ tasks: named, arms: named }),
  'at the end': object({ files: texts, summary: facts }),
})
