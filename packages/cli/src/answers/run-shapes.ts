import { DECISIONS, FREEZE_MODES, REPLAY_POLICIES } from '@hotcb/protocol'
import {
  anything,
  byName,
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
  type Shape,
  text,
  textOrNull,
  texts,
  whole,
  wholeOrNull,
  wholes,
  without,
  word,
} from './shapes.ts'

// Parts of a run that several answers contain.

export const decision: Shape = word(...DECISIONS)
export const metricValues: Shape = byName(numberOrNull)

/** The point at which a command is to be applied. */
export const at: Shape = object({ step: whole, event: maybe(textOrNull) })

/** A ledger line. */
export const ledgerLine: Shape = object({
  seq: whole,
  step: wholeOrNull,
  epoch: numberOrNull,
  event: textOrNull,
  phase: textOrNull,
  module: text,
  op: text,
  id: text,
  source: text,
  decision,
  params: factsOrNull,
  payload: means(factsOrNull, 'the values that were set'),
  error: textOrNull,
  traceback: textOrNull,
  notes: textOrNull,
  wall_time: means(number, 'epoch seconds'),
  cid: textOrNull,
  writer: textOrNull,
  offset: wholeOrNull,
  author: textOrNull,
  call: wholeOrNull,
  after: maybe(flag),
  end: maybe(flag),
  old: means(factsOrNull, 'parameters that would revert the change'),
  of: wholeOrNull,
  reverts: wholeOrNull,
  attempt: wholeOrNull,
  ranks: orNull(wholes),
  foreign: maybe(flag),
})

/** A ledger line from a different kernel, which is printed unchanged. */
export const foreignLine: Shape = without('cid')

export const freezeState: Shape = object({
  mode: word(...FREEZE_MODES),
  recipe_path: textOrNull,
  adjust_path: textOrNull,
  policy: word(...REPLAY_POLICIES),
  step_offset: whole,
  author: maybe(textOrNull),
})

export const controlGroup: Shape = object({
  name: text,
  value: anything,
  place: maybe(whole),
  ratio: maybe(number),
  registered: maybe(anything),
})

const control: Shape = object({
  param_key: text,
  type: word('bool', 'int', 'float', 'log_float', 'choice', 'tuple'),
  label: text,
  group: text,
  min: numberOrNull,
  max: numberOrNull,
  step: numberOrNull,
  log_base: numberOrNull,
  choices: orNull(list(anything)),
  current: anything,
  state: word('init', 'untouched', 'unverified', 'verified', 'disabled'),
  unit: maybe(text),
  groups: maybe(list(controlGroup)),
  registered: maybe(anything),
  ramp: maybe(anything),
})

const asked: Shape = object({ module: text, op: text, id: text, params: factsOrNull, note: textOrNull })

const trainer: Shape = object({
  alive: means(orNull(flag), 'null if it is not known'),
  reason: textOrNull,
  foreign: means(flag, 'a hotcb 2 kernel in Python, which does not report whether it is alive'),
  paused: flag,
  closed: flag,
  step: wholeOrNull,
  max_steps: wholeOrNull,
  step_seconds: numberOrNull,
  ranks: wholeOrNull,
  kernel: orNull(
    object({
      name: text,
      version: text,
      pid: wholeOrNull,
      host: textOrNull,
      attempt: whole,
      start: textOrNull,
    }),
  ),
  age_seconds: means(numberOrNull, 'since its last sign of life'),
})

/** How a run was started. */
export const origin: Shape = object({
  command: orNull(texts),
  cwd: textOrNull,
  host: textOrNull,
  git: orNull(object({ commit: text, branch: textOrNull, is_dirty: flag, remote: textOrNull })),
  env: byName(text),
})

/** The state of a run, in `status --json` and inside other answers. */
export const runStatus: Shape = object({
  run_dir: text,
  trainer,
  freeze: freezeState,
  queued: means(
    list(object({ cid: textOrNull, ts: numberOrNull, author: textOrNull, at: orNull(at), command: orNull(asked) })),
    'commands without a decision',
  ),
  held: means(
    list(object({ cid: text, writer: textOrNull, offset: whole, at, command: orNull(asked) })),
    'commands that wait for their step',
  ),
  last: means(
    byName(object({ seq: whole, op: text, step: wholeOrNull, decision, line: orNull(ledgerLine) })),
    'the last line about each `module:id`',
  ),
  last_complete: flag,
  controls: list(control),
  modules: means(facts, 'what each module of the kernel reports'),
  metrics: orNull(
    object({
      step: whole,
      values: metricValues,
      earlier: means(byName(object({ step: whole, value: numberOrNull })), 'metrics that are not in the latest line'),
    }),
  ),
  final_metrics: orNull(metricValues),
  origin: orNull(origin),
  warnings: texts,
})

const place: Shape = object({
  step: whole,
  event: textOrNull,
  call: maybe(wholeOrNull),
  after: maybe(flag),
  end: maybe(flag),
})

const entryKeys = {
  at: place,
  module: text,
  op: text,
  id: text,
  params: maybe(factsOrNull),
  target: maybe(factsOrNull),
  init: maybe(factsOrNull),
  enabled: maybe(orNull(flag)),
  source_capture: maybe(factsOrNull),
  seq: maybe(wholeOrNull),
}

/** An entry of a recipe. */
export const recipeEntry: Shape = object(entryKeys)
/** The same, with its line in the file. */
export const recipeRow: Shape = object({ line: whole, ...entryKeys })
