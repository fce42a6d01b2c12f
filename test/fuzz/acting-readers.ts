import {
  answerText,
  createRuleEngine,
  DEFAULT_LIMITS,
  deadlineOf,
  describeAction,
  foldAutopilotHistory,
  formatRuleProblem,
  type RuleEngine,
  readAutopilotConfig,
  readRuleFile,
  withMode,
  withRule,
} from '../../packages/autopilot/src/index.ts'
import * as notify from '../../packages/notify/src/index.ts'
import { fillMessage, templateProblem } from '../../packages/notify/src/text/template.ts'
import { isObject, type JsonObject, parseJson, readAutopilotLine } from '../../packages/protocol/src/index.ts'
import { Finding, type Reader } from './reader.ts'
import { goldenLines } from './seeds.ts'

const RULES_V2 = `version: 2
key_metric: {name: my_score, direction: max}
rules:
  - {id: halve, condition: plateau, action: {set: {lr: x0.5, weight_decay: +0.1}}, confidence: high}
  - id: late
    when: "\`val/loss\` > 1.2 * least(\`val/loss\`, 20) and frac > 0.3"
    hold: 3
    action: {op: {module: cb, op: enable, id: probe, params: {every: 5}}}
  - {id: gone, condition: nan, metric: train_loss, params: {}, action: {do: rescue}, cooldown: 10, settle: 0}
`

const RULES_V1 = `version: 1
rules:
  - id: plateau_lr
    condition: plateau
    metric: val_loss
    params: {window: 5, epsilon: 0.001}
    action: {module: opt, op: set_params, params: {lr_mult: 0.5}}
    confidence: high
    cooldown: 20
  - {id: own, condition: custom, params: {expr: "train_loss > 3"}, action: {module: core, op: stop}}
`

/** Rule files of both versions, and the engine that evaluates them. */
const rules: Reader = {
  name: 'rules',
  syntax: 'yaml',
  seeds: [RULES_V2, RULES_V1],
  read(input) {
    const read = readRuleFile(input.toString('utf8'), { file: 'r.yaml' })
    if (!read.ok) return [read.reason, ...read.problems.map(formatRuleProblem)]
    const engine = createRuleEngine(read.value, { mode: 'auto', keyMetric: null, limits: DEFAULT_LIMITS, n: 1 })
    return decisionsOf(engine)
  },
}

const LOOKS = 12

function decisionsOf(engine: RuleEngine): readonly string[] {
  const said: string[] = []
  const seen = { epoch: null, lines: [], isFrozen: false, isPaused: false, total: 100, controls: () => [] }
  for (let step = 0; step < LOOKS; step++) {
    const metrics = {
      train_loss: step % 3 === 2 ? null : 5 - step,
      'val/loss': step,
      val_loss: step,
      my_score: 1 / step,
    }
    for (const event of engine.look({ ...seen, step, metrics })) {
      if ('rule' in event && event.because !== '') said.push(event.because)
    }
  }
  engine.restore(JSON.parse(JSON.stringify(engine.snapshot())))
  return said
}

/** `hotcb.autopilot.yaml`, and the changes that the command line makes to it. */
const autopilotConfig: Reader = {
  name: 'autopilot-config',
  syntax: 'yaml',
  seeds: [
    'mode: auto # for the night\nkey_metric: val_loss\nrules: [a.yaml, b.yaml]\ndisabled:\n  - late\non_wait: pause\nlimits:\n  lr: {auto: x2, ask: x30, drift: x10}\n  "*_w": {auto: 20%, ask: 100%}\n  rescue: ask\n  per_run: 40\n',
    'key_metric: {name: score, direction: max}\nlimits: {stop: never, per_hour: 6}\n',
  ],
  read(input) {
    const text = input.toString('utf8')
    const read = readAutopilotConfig(text)
    const edits = [withMode(text, 'suggest'), withRule(text, 'late', false), withRule(text, 'late', true)]
    for (const edit of edits) {
      const again = edit.ok ? readAutopilotConfig(edit.text) : null
      if (again?.ok === false) throw new Finding(`an edit produced a file that cannot be read: ${again.reason}`)
    }
    const said = edits.flatMap((edit) => (edit.ok ? [] : [edit.reason]))
    return read.ok ? said : [read.reason, ...read.problems.map(formatRuleProblem), ...said]
  },
}

/** The log of an autopilot, as commands, pages and messages show it. */
const autopilotLog: Reader = {
  name: 'autopilot-log',
  syntax: 'json',
  seeds: goldenLines('hotcb.autopilot.jsonl').length === 0 ? ['{}'] : [goldenLines('hotcb.autopilot.jsonl').join('\n')],
  read(input) {
    const lines = objectsIn(input).flatMap((line) => {
      const read = readAutopilotLine(line)
      return read.ok ? [read.value] : []
    })
    for (const action of foldAutopilotHistory(lines, [], { step: 5, now: 5 }).actions) {
      JSON.stringify([describeAction(action), answerText(action), deadlineOf(action)])
    }
    return []
  },
}

/** `hotcb.notify.yaml`, and the messages that its templates make. */
const notifyConfig: Reader = {
  name: 'notify-config',
  syntax: 'yaml',
  seeds: [
    `channels:
  phone: {kind: telegram, token: "env:BOT_TOKEN", chat: -100123}
  team: {kind: slack, webhook: "file:~/.config/hotcb/slack"}
  app: {kind: slack, token: env:A, app_token: env:B, channel: C024BE91L}
  bot: {kind: discord, token: env:D, channel: "10420"}
  hook: {kind: webhook, url: "https://example.org/x", secret: env:S}
  mail: {kind: email, host: mail.example.org, port: 465, user: me, password: env:P, from: a@example.org, to: [b@example.org]}
  here: {kind: terminal, bell: false}
rules:
  - on: finished
  - {on: diverged, channels: [phone], level: critical}
  - {on: gt, metric: val_loss, value: 3, for: 100 steps, cooldown: 10m, template: "{metric} is {value} at {step}"}
  - {id: mine, when: "val_loss > 1.2 * least(val_loss, 20)"}
  - {on: spike, metric: loss, value: 5, window: 3}
quiet: {from: 22:00, to: 7:30, zone: Europe/Berlin, except: [critical]}
operators: {telegram: [123, 456], slack: [U1]}
limits: {per_hour: 5}
`,
  ],
  read(input) {
    const read = notify.readNotifyConfig(input.toString('utf8'), 'n.yaml')
    if (!read.ok) return read.problems
    notify.quietFor(read.config.quiet, 'warning', 1_700_000_000)
    return read.config.rules.flatMap(({ template }) => (template === null ? [] : [filled(template)])).filter(Boolean)
  },
}

const VALUES = { because: '{run} \n<!channel>', count: '2', level: 'info', metric: '{value}', phase: 'opened', rule: 'r', run: 'exp', state: '', step: '3', value: '0.5' } // biome-ignore format: names alone

function filled(template: string): string {
  const problem = templateProblem(template)
  if (problem !== null) return problem
  return fillMessage(template, VALUES).trim()
}

/** `hotcb.alerts.json`: rules that people write in a page. */
const pageRules: Reader = {
  name: 'page-rules',
  syntax: 'json',
  seeds: [
    '{"protocol":1,"rules":{"high":{"on":"gt","metric":"val_loss","value":3,"for":"10 steps","level":"critical","author":"ada","rev":2},"mine":{"when":"val_loss > 1.2 * least(val_loss, 20)"},"gone":{"deleted":true}}}',
  ],
  read(input) {
    const { rules, problems } = notify.readPageRules(input.toString('utf8'))
    return [...problems, ...rules.map((rule) => notify.describeNotifyRule(rule, { channels: [] }).what)]
  },
}

/** The log of deliveries, and the button presses that a chat returns. */
const notifyLog: Reader = {
  name: 'notify-log',
  syntax: 'json',
  seeds: [
    [
      '{"kind":"edge","ts":1,"data":{"key":"gt loss","phase":"opened","step":5},"n":1}',
      '{"kind":"notify","ts":2,"data":{"id":"d1","key":"gt loss","channel":"phone","state":"due","tries":0,"message":{"title":"t","text":"x","level":"info","run":"r","step":1,"rule":"r","phase":"opened","metric":null,"value":null,"action":"a1-1"},"reason":null,"ref":null},"n":1}',
      '{"kind":"notify","ts":3,"data":{"id":"d1","key":"gt loss","channel":"phone","state":"sent","tries":1,"message":null,"reason":null,"ref":"7"},"n":1}',
      '{"kind":"seen","ts":4,"data":{"sighted":{"wasAlive":true,"attempt":1,"wasClosed":false}},"n":1}',
      '{"kind":"answer","ts":5,"data":{"action":"a1-1","verdict":"approve","author":"telegram:1","outcome":"applied"},"n":1}',
    ].join('\n'),
    '"hc1:0123abcd:a12-345:r:AAAAAAAAAA"',
  ],
  read(input) {
    const [story, deliveries] = [notify.createNotifyHistoryFold(), notify.createDeliveryFold()]
    const alerts = notify.createAlertFold()
    for (const line of objectsIn(input)) {
      story.take(line)
      deliveries.take(line)
      alerts.take(line)
    }
    JSON.stringify(alerts.alerts())
    const { unsent, questions } = story.story()
    JSON.stringify([[...unsent], questions, deliveries.deliveries()])
    const press = notify.readButton(input.toString('utf8'), '77', (text) => text.slice(0, 10))
    return press === undefined ? [] : [press.action]
  },
}

function objectsIn(input: Buffer): readonly JsonObject[] {
  const texts = input.toString('utf8').split('\n')
  return texts.flatMap((text) => {
    const parsed = parseJson(text)
    // A value that was read from JSON contains only JSON values.
    return parsed.ok && isObject(parsed.value) ? [parsed.value as JsonObject] : []
  })
}

/** The readers of the autopilot and the notifier. */
export const ACTING_READERS: readonly Reader[] = [
  rules,
  autopilotConfig,
  autopilotLog,
  notifyConfig,
  pageRules,
  notifyLog,
]
