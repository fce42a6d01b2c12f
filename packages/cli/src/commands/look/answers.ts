import { answer, type CommandAnswer, lines, oneOf } from '../../answers/answer.ts'
import { controlGroup, foreignLine, ledgerLine, metricValues, runStatus } from '../../answers/run-shapes.ts'
import { SENT_SHAPES } from '../../answers/sent.ts'
import {
  anything,
  facts,
  factsOrNull,
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
  whole,
  wholeOrNull,
  word,
} from '../../answers/shapes.ts'

const RUN_STATES = ['alive', 'paused', 'ended', 'dead', 'unknown', 'new', 'python', 'unreadable']

export const runsAnswer: CommandAnswer = answer(
  1,
  object({
    runs: list(
      object({
        run_dir: text,
        state: word(...RUN_STATES),
        step: wholeOrNull,
        max_steps: wholeOrNull,
        metric: means(orNull(object({ name: text, value: numberOrNull })), 'the key metric'),
        trouble: maybe(text),
      }),
    ),
    complete: means(flag, 'false if there were too many directories to search'),
  }),
)

export const statusAnswer: CommandAnswer = answer(1, runStatus)

export const getAnswer: CommandAnswer = answer(
  1,
  object({
    key: text,
    kind: word('control', 'metric'),
    value: anything,
    step: means(maybe(whole), 'for a metric: the step of its latest value'),
    groups: maybe(list(controlGroup)),
  }),
)

export const checkpointListAnswer: CommandAnswer = answer(
  1,
  object({
    checkpoints: means(
      list(
        object({
          tag: text,
          step: means(
            maybe(whole),
            'the next step to run after loading it; absent, like all keys below, if its `meta.json` is unreadable',
          ),
          seq: maybe(whole),
          calls: maybe(whole),
          by: maybe(object({ source: text, author: textOrNull })),
          modules: maybe(factsOrNull),
          kernel: maybe(factsOrNull),
        }),
      ),
      'earliest first',
    ),
  }),
)

export const logAnswer: CommandAnswer = lines(1, {
  'each entry': ledgerLine,
  'each entry from a different kernel, such as hotcb 2 in Python, with its own keys': foreignLine,
})

export const watchAnswer: CommandAnswer = lines(1, {
  'every `--every` seconds, or once with `--once`': object({
    step: wholeOrNull,
    max_steps: wholeOrNull,
    steps_per_second: numberOrNull,
    latest: means(metricValues, 'the latest value of each metric'),
    status: runStatus,
  }),
})

export const exportMetricsAnswer: CommandAnswer = answer(
  1,
  object({
    path: text,
    rows: means(whole, 'steps'),
    names: means(whole, 'metrics'),
    badLines: means(whole, 'lines that could not be read'),
  }),
)

export const cacheClearAnswer: CommandAnswer = answer(1, object({ directory: text, bytes: whole }))

/** The findings of `doctor` and `sweep doctor`. */
const findings = object({
  ok: flag,
  findings: list(object({ name: text, state: word('ok', 'note', 'problem'), says: text, remedy: maybe(text) })),
})

export const doctorAnswer: CommandAnswer = oneOf(1, {
  'without `--accept-ledger`': findings,
  'with `--accept-ledger`, without a trainer': object({ ok: flag, says: text }),
  ...prefixed('with `--accept-ledger`, ', SENT_SHAPES),
})

function prefixed<Value>(prefix: string, values: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]))
}

const line = {
  seq: whole,
  step: wholeOrNull,
  who: text,
  what: text,
  decision: text,
  why: text,
}

const point = orNull(object({ step: whole, value: number }))
const side = object({ mean: number, slope: number, count: whole })

/** `hotcb explain`, and the same answer for agents over MCP. */
export const explainAnswer: CommandAnswer = answer(
  1,
  object({
    version: means(whole, 'the version of this document: 1'),
    status: runStatus,
    key_metric: textOrNull,
    metrics: list(
      object({
        name: text,
        course: text,
        last: point,
        best: point,
        trends: means(
          list(object({ values: whole, change: number, z: number })),
          'a line through the last values; `z` is its distance from a flat line, in standard deviations',
        ),
        not_finite: means(whole, 'the number of values that were not finite'),
      }),
    ),
    more_metrics: whole,
    problems: list(
      object({
        metric: text,
        kind: word('not_finite', 'diverges', 'grad_explosion', 'overfits', 'stuck'),
        because: text,
        last_good_step: wholeOrNull,
      }),
    ),
    rollback: means(orNull(object({ tag: text, step: whole })), 'the latest checkpoint before the first problem'),
    changes: means(
      list(
        object({
          ...line,
          effect: means(
            orNull(
              object({
                before: side,
                after: side,
                shift: number,
                low: number,
                high: number,
                verdict: word('better', 'worse', 'higher', 'lower', 'unclear'),
              }),
            ),
            'on the key metric',
          ),
          undone_by: means(wholeOrNull, 'the seq of the loaded checkpoint that undid it'),
        }),
      ),
      'the last ones, oldest first',
    ),
    refused: list(object(line)),
  }),
)

export const schemaAnswer: CommandAnswer = oneOf(1, {
  'without a command': object({
    commands: list(
      object({ command: text, version: wholeOrNull, prints: orNull(word('one', 'lines')), without: textOrNull }),
    ),
  }),
  'with a command, a JSON Schema': facts,
})
