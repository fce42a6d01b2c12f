import { answer, type CommandAnswer, lines, oneOf } from '../../answers/answer.ts'
import { decision } from '../../answers/run-shapes.ts'
import { SENT_SHAPES } from '../../answers/sent.ts'
import {
  byName,
  facts,
  factsOrNull,
  flag,
  list,
  maybe,
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

const MODES = ['off', 'suggest', 'auto', 'ai_suggest', 'ai_auto']
const state = word('told', 'open', 'queued', 'applied', 'failed', 'frozen', 'expired', 'dismissed', 'lapsed')

/** An alert, a proposal or an action. */
const action = object({
  id: text,
  state,
  rule: textOrNull,
  metric: textOrNull,
  step: wholeOrNull,
  ts: number,
  because: textOrNull,
  confidence: textOrNull,
  source: text,
  command: means(factsOrNull, 'the command that an approval sends; null for an alert'),
  next: factsOrNull,
  cid: textOrNull,
  by: textOrNull,
  decision: orNull(decision),
  seq: wholeOrNull,
  error: textOrNull,
  outcome: orNull(word('better', 'worse', 'unclear', 'refused')),
  outcomeBecause: textOrNull,
  again: whole,
  plan: texts,
  evidence: facts,
  procedure: factsOrNull,
})

const holder = object({
  n: whole,
  engine: text,
  pid: wholeOrNull,
  host: textOrNull,
  since: numberOrNull,
  isAlive: flag,
})

export const autopilotStatusAnswer: CommandAnswer = answer(
  1,
  object({
    holder: means(orNull(holder), 'null if no autopilot has run here'),
    mode: orNull(word(...MODES)),
    keyMetric: textOrNull,
    module: means(factsOrNull, 'what an autopilot inside the trainer reports'),
    open: list(action),
    queued: whole,
    applied: whole,
    other: whole,
  }),
)

export const autopilotProposalsAnswer: CommandAnswer = answer(1, object({ proposals: list(action) }))
export const autopilotWhyAnswer: CommandAnswer = answer(1, action)

export const autopilotModeAnswer: CommandAnswer = oneOf(1, {
  'if the autopilot runs in a separate process': object({ mode: word(...MODES), file: text, running: flag }),
  ...SENT_SHAPES,
})

export const autopilotProposeAnswer: CommandAnswer = answer(
  1,
  object({
    request: text,
    id: means(textOrNull, 'the proposal; null if there is none'),
    state: means(text, '`requested`, `refused`, or the state of the proposal'),
    reason: textOrNull,
  }),
)

const answered = { id: text, verdict: word('approve', 'reject'), cid: textOrNull }

/** `autopilot approve` and `reject`. */
export const autopilotAnswerAnswer: CommandAnswer = oneOf(1, {
  'if the trainer answered': object({
    ...answered,
    state,
    decision: orNull(decision),
    seq: wholeOrNull,
    by: textOrNull,
    error: textOrNull,
  }),
  otherwise: object({ ...answered, state: word('queued'), decision: nothing, why: text }),
})

const event = { id: text, step: whole }
const fired = {
  ...event,
  rule: text,
  metric: textOrNull,
  because: text,
  confidence: text,
  evidence: facts,
}

/** `autopilot run`, and the events of a launched run. */
export const autopilotRunAnswer: CommandAnswer = lines(1, {
  'the first line': object({
    mode: word(...MODES),
    key_metric: orNull(object({ name: text, direction: word('min', 'max') })),
    n: whole,
  }),
  'an alert': object({ kind: word('alert'), ...fired }),
  'a proposal': object({ kind: word('propose'), ...fired, command: facts, plan: texts, procedure: factsOrNull }),
  'an action': object({
    kind: word('act'),
    ...fired,
    command: facts,
    plan: texts,
    isContinued: flag,
    procedure: factsOrNull,
  }),
  'an answer': object({
    kind: word('approved', 'dismissed', 'decided'),
    ...event,
    cid: text,
    by: textOrNull,
    decision,
    seq: whole,
    reason: textOrNull,
  }),
  'an effect': object({
    kind: word('outcome'),
    ...event,
    verdict: word('better', 'worse', 'unclear', 'refused'),
    because: text,
    evidence: facts,
  }),
})

export const autopilotTestAnswer: CommandAnswer = answer(
  1,
  object({
    fired: list(object({ rule: text, step: whole, because: text })),
    counts: byName(whole),
    lastStep: wholeOrNull,
    isWhole: flag,
  }),
)

const rule = object({
  id: text,
  description: text,
  condition: text,
  metric: textOrNull,
  params: facts,
  program: means(textOrNull, 'its expression'),
  action: facts,
  confidence: text,
  enabled: flag,
  cooldown: whole,
  hold: whole,
  clear: whole,
  settle: whole,
  version: whole,
  place: textOrNull,
  standing: orNull(
    object({
      rule: text,
      state: word('off', 'ready', 'asking', 'queued', 'cooling'),
      fired: whole,
      lastStep: wholeOrNull,
      action: textOrNull,
      until: wholeOrNull,
      isRestrained: flag,
    }),
  ),
})

export const autopilotRulesAnswer: CommandAnswer = oneOf(1, {
  'without an action': object({ rules: list(rule) }),
  '`check`': object({ file: text, rules: texts }),
  '`enable` and `disable`': object({ rule: text, enabled: flag, file: text }),
})

const caps = object({
  nano: wholeOrNull,
  nanoPerDay: wholeOrNull,
  tokens: wholeOrNull,
  calls: wholeOrNull,
  actions: wholeOrNull,
  minutes: numberOrNull,
})

const cost = object({ input: number, output: number, nanoUsd: number })

const decided = object({
  id: text,
  step: wholeOrNull,
  ts: number,
  model: textOrNull,
  host: textOrNull,
  why: textOrNull,
  isAnswered: flag,
  diagnosis: textOrNull,
  reasoning: textOrNull,
  error: textOrNull,
  actions: list(object({ action: text, name: textOrNull, value: numberOrNull, result: text, story: orNull(action) })),
  nanoUsd: numberOrNull,
  tokens: wholeOrNull,
  calls: wholeOrNull,
})

export const autopilotAiAnswer: CommandAnswer = oneOf(1, {
  '`status`': object({
    mode: orNull(word(...MODES)),
    running: flag,
    provider: text,
    base_url: text,
    model: text,
    can_ask: flag,
    problem: textOrNull,
    price: means(object({ input: number, output: number }), 'US dollars per million tokens'),
    cadence: whole,
  }),
  '`budget`': object({
    used: means(
      object({
        nano: whole,
        reserved: whole,
        tokens: whole,
        calls: whole,
        actions: whole,
        since: numberOrNull,
        nanoToday: whole,
      }),
      'amounts are in billionths of a US dollar',
    ),
    limits: caps,
  }),
  '`history`': object({ decisions: list(decided) }),
  '`dry-run`': object({
    model: text,
    baseUrl: text,
    system: text,
    user: text,
    maxTokens: whole,
    estimate: cost,
    most: cost,
    caps,
    priced: maybe(flag),
  }),
})
