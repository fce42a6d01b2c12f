import type {
  AutopilotLine,
  Env,
  HotModule,
  LedgerLine,
  ModuleContext,
  ProposalRequest,
  SubmittedOp,
} from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type AutopilotOptions, createAutopilot, DEFAULT_LIMITS, type RuleSet, readRuleFile } from '../src/index.ts'
import type { AutopilotLog } from '../src/module.ts'
import { control, ledgerLine } from './support.ts'

function rulesOf(text: string): RuleSet {
  const read = readRuleFile(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const HALVE = rulesOf(
  '{version: 2, rules: [{id: halve, when: loss > 1, action: {set: {lr: x0.5}}, cooldown: 0, settle: 0}]}',
)

interface Played {
  readonly module: HotModule
  readonly sent: readonly SubmittedOp[]
  readonly said: readonly string[]
  /** Calls the module at a safe point. */
  step(env: Env, more?: Partial<ModuleContext>): void
  line(line: LedgerLine, isPast?: boolean): void
}

/** A module in a context that records its commands and messages. It is attached after the past lines. */
function played(
  options: AutopilotOptions = {},
  { past = [], ...more }: Partial<ModuleContext> & { readonly past?: readonly LedgerLine[] } = {},
): Played {
  const sent: SubmittedOp[] = []
  const said: string[] = []
  const context: ModuleContext = {
    submit(op) {
      sent.push(op)
      return null
    },
    log: (message) => void said.push(message),
    ...{ isCatchingUp: false, controls: [control('lr', 0.4)], total: null, step: null, channel: 'run', runDir: '/run' },
    checkpoints: { canSave: true, canLoad: true },
    ...more,
  } as ModuleContext
  const module = createAutopilot({ mode: 'auto', rules: HALVE, saveEvery: 0, ...options })
  for (const line of past) module.onLine?.(line, true)
  module.attach?.(context)
  return {
    ...{ module, sent, said },
    step: (env, others = {}) => module.onSafePoint?.(env, { ...context, ...others }),
    line: (line, isPast = false) => module.onLine?.(line, isPast),
  }
}

/** A log in memory, which can be taken over or fail. */
function logOf(append: () => boolean = () => true): {
  lines: AutopilotLine[]
  closed: number
  open: () => AutopilotLog
} {
  const kept = {
    lines: [] as AutopilotLine[],
    closed: 0,
    open: (): AutopilotLog => ({
      ...{ n: 3, past: [] },
      append(lines) {
        const isOurs = append()
        if (isOurs) kept.lines.push(...lines)
        return isOurs
      },
      close: () => void kept.closed++,
    }),
  }
  return kept
}

const START: SubmittedOp = {
  ...{ module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'auto-start' }, source: 'autopilot' },
  ...{ note: 'for rescues', cid: 'ap-start' },
}
const COMMAND = {
  ...{ source: 'autopilot', note: 'halve: loss > 1 is true', module: 'opt', op: 'set_params', params: { lr: 0.2 } },
  ...{ expect: { lr: 0.4 }, expires: { step: 10_007 } },
}

test('the start is saved before the first step, if the trainer can save and load, and this is the first attempt', () => {
  const sent = (...given: Parameters<typeof played>): readonly SubmittedOp[] => played(...given).sent
  expect([sent(), sent({ mode: undefined })]).toEqual([[START], [START]])
  expect(sent({ mode: 'off' })).toEqual([])
  expect(sent({}, { checkpoints: { canSave: false, canLoad: true } })).toEqual([])
  expect(sent({}, { checkpoints: { canSave: true, canLoad: false } })).toEqual([])
  const past = (more: Partial<LedgerLine>): readonly SubmittedOp[] => sent({}, { past: [ledgerLine(more)] })
  for (const more of [{ step: 0 }, { step: 3 }, { step: null, op: 'checkpoint' }, { step: -1, op: 'checkpoint' }])
    expect(past(more), JSON.stringify(more)).toEqual([])
  for (const more of [{ step: null }, { step: -1 }, { step: 5, op: 'attempt' }])
    expect(past(more), JSON.stringify(more)).toEqual([START])
  const limits = { ...DEFAULT_LIMITS, words: { ...DEFAULT_LIMITS.words, checkpoint: 'ask' as const } }
  const asked = played({ limits })
  expect([asked.sent, asked.said]).toEqual([
    [],
    ['autopilot: no checkpoints will be saved for rescues because `limits` contains `checkpoint: ask`'],
  ])
})

test('a decision is written as a line in the log, then a command, then a line that records that it was sent', () => {
  const log = logOf()
  const { step, sent } = played(
    { log: log.open, wallTime: () => 50 },
    { checkpoints: { canSave: false, canLoad: true } },
  )
  step({ step: 6, metrics: { loss: 1 } })
  step({ step: 7, epoch: 2, metrics: { loss: 2 } })
  const command = { ...COMMAND, cid: 'ap-a3-1' }
  expect(sent).toEqual([command])
  const base = {
    ...{ action_id: 'a3-1', ts: 50, step: 7, source: 'autopilot', rule_id: 'halve', metric: 'loss' },
    ...{ reason: 'loss > 1 is true', confidence: 'medium', cid: 'ap-a3-1', by: null, decision: null, seq: null, n: 3 },
  }
  const evidence = { lr: { from: 0.4, to: 0.2 } }
  expect(log.lines).toEqual([
    { ...base, kind: 'proposed', command, data: { evidence, plan: [], auto: true, procedure: null } },
    { ...base, kind: 'queued', command: null, data: { procedure: null } },
  ])
})

test('the answer in the ledger becomes a line in the log, with time 0 if there is no clock', () => {
  const log = logOf()
  const { step, line } = played({ log: log.open })
  step({ step: 7, metrics: { loss: 2 } })
  line(ledgerLine({ seq: 9, step: 8, cid: 'ap-a3-1', decision: 'failed', error: 'no', source: 'autopilot' }))
  step({ step: 8, metrics: { loss: 0 } })
  step({ step: 9, metrics: { loss: 0 } })
  expect(
    log.lines.slice(2).map(({ kind, ts, step: at, seq, decision, reason }) => [kind, ts, at, seq, decision, reason]),
  ).toEqual([
    ['decided', 0, 8, 9, 'failed', 'no'],
    ['outcome', 0, 8, null, null, 'no'],
  ])
})

test('while changes are re-applied nothing is sent, recorded, read or saved', () => {
  const log = logOf()
  let taken = 0
  const take = (): readonly ProposalRequest[] => {
    taken++
    return []
  }
  const requests = () => ({ take, close: () => undefined })
  const { step, sent } = played({ log: log.open, requests, saveEvery: 1 })
  step({ step: 7, metrics: { loss: 2 } }, { isCatchingUp: true })
  step({ step: 8, metrics: { loss: 0 } }, { superseded: true })
  expect([sent, log.lines, taken]).toEqual([[START], [], 0])
  step({ step: 9, metrics: { loss: 0 } })
  expect([sent.slice(1), taken]).toEqual([
    [{ ...START, params: { action: 'save', tag: 'auto-11' }, cid: undefined }],
    1,
  ])
})

test('an autopilot whose log is open elsewhere, or taken over, does nothing and reports it', () => {
  const locked = played({
    log: () => {
      throw new Error('it is open in process 7')
    },
  })
  locked.step({ step: 1, metrics: { loss: 2 } })
  expect([locked.sent, locked.said, locked.module.status?.()]).toEqual([
    [],
    ["autopilot: the trainer's rules are off: it is open in process 7"],
    { off: 'another autopilot has taken over' },
  ])
  const lost = played({ log: logOf(() => false).open })
  lost.step({ step: 1, metrics: { loss: 2 } })
  lost.step({ step: 2, metrics: { loss: 0 } })
  lost.step({ step: 3, metrics: { loss: 2 } })
  expect([lost.sent, lost.said]).toEqual([
    [START],
    ['autopilot: another autopilot has taken over; this one does nothing more'],
  ])
  expect(lost.module.status?.()).toMatchObject({ mode: 'auto', off: 'another autopilot has taken over' })
})

test('a log that cannot be written is reported, and the rules still act', () => {
  const full = played({
    log: logOf(() => {
      throw new Error('the disk is full')
    }).open,
  })
  full.step({ step: 7, metrics: { loss: 2 } })
  const said = 'autopilot: its log cannot be written: the disk is full'
  expect([full.sent.slice(1), full.said]).toEqual([[{ ...COMMAND, cid: 'ap-a3-1' }], [said, said]])
  expect(full.module.status?.()).toEqual({
    ...{ mode: 'auto', key_metric: null, rules: 1, rescue: null, actions: 1 },
    open: [{ id: 'a3-1', rule: 'halve', state: 'queued' }],
  })
})

test('the op `mode` sets the mode, before and after the engine has begun', () => {
  const { module, step, sent } = played()
  const mode = (params: object | null, op = 'mode'): unknown =>
    module.applyOp?.({ module: 'autopilot', op, params } as never, {} as never)
  expect(mode({ mode: 'off' })).toEqual({ ok: true, payload: { mode: 'off' }, old: { mode: 'auto' } })
  expect(mode({ mode: 'suggest' })).toEqual({ ok: true, payload: { mode: 'suggest' }, old: { mode: 'off' } })
  step({ step: 1, metrics: { loss: 0 } })
  expect(mode({ mode: 'off' })).toEqual({ ok: true, payload: { mode: 'off' }, old: { mode: 'suggest' } })
  step({ step: 2, metrics: { loss: 2 } })
  expect(sent).toEqual([START])
  const refused = (error: string): object => ({ ok: false, error })
  expect(mode({}, 'stop')).toEqual(refused('the autopilot has the op `mode`, got `stop`'))
  for (const ai of ['ai_suggest', 'ai_auto'])
    expect(mode({ mode: ai })).toEqual(
      refused(`mode ${ai} needs an autopilot in a separate process: hotcb autopilot run --mode ${ai}`),
    )
  expect(mode({ mode: 'fast' })).toEqual(refused('`mode` must be one of off, suggest, auto, got "fast"'))
  expect(mode(null)).toEqual(refused('`mode` must be one of off, suggest, auto, got null'))
  const fresh = createAutopilot({})
  expect(fresh.applyOp?.({ module: 'autopilot', op: 'mode', params: { mode: 'auto' } } as never, {} as never)).toEqual({
    ...{ ok: true, payload: { mode: 'auto' }, old: { mode: 'suggest' } },
  })
})

test('a snapshot is the state of the engine; before the first step it is the restored state', () => {
  const first = played()
  expect(first.module.snapshot?.()).toBeNull()
  first.module.restore?.({ count: 4, mode: 'off' })
  expect(first.module.snapshot?.()).toEqual({ count: 4, mode: 'off' })
  first.step({ step: 7, metrics: { loss: 2 } })
  expect(first.module.snapshot?.()).toMatchObject({ n: 1, count: 4, mode: 'off', last_step: 7 })
  // This process keeps its engine after a load.
  first.module.restore?.({ count: 9 })
  expect(first.module.snapshot?.()).toMatchObject({ count: 4 })
  const second = played()
  second.module.applyOp?.({ module: 'autopilot', op: 'mode', params: { mode: 'suggest' } } as never, {} as never)
  second.module.restore?.({ mode: 'off' })
  second.step({ step: 7, metrics: { loss: 2 } })
  expect(second.module.snapshot?.()).toMatchObject({ mode: 'suggest', n: 1, count: 1 })
})

test('losses at the top level count as metrics, unless there are metrics with that name', () => {
  const fires = (env: object): boolean => {
    const { step, sent } = played()
    step({ step: 7, ...env })
    return sent.length > 1
  }
  expect([fires({ loss: 2 }), fires({ loss: 2, metrics: { loss: 0 } }), fires({ metrics: { loss: 2 } })]).toEqual([
    ...[true, false, true],
  ])
  expect([fires({ loss: 2, metrics: { other: 1 } }), fires({ metrics: [2] }), fires({ other: 2 })]).toEqual([
    ...[true, false, false],
  ])
})

test('the key metric comes from the options, then from the rules', () => {
  const key = (keyMetric: AutopilotOptions['keyMetric'], ofRules: RuleSet['keyMetric'] = null): unknown => {
    const { module, step } = played({ keyMetric, rules: { ...HALVE, keyMetric: ofRules } })
    step({ step: 0, metrics: {} })
    return (module as ReturnType<typeof createAutopilot>).engine?.keyMetric
  }
  expect(key({ name: 'loss', direction: 'max' })).toEqual({ name: 'loss', direction: 'max' })
  expect(key('accuracy', { name: 'accuracy', direction: 'min' })).toEqual({ name: 'accuracy', direction: 'max' })
  expect(key('zzz')).toEqual({ name: 'zzz', direction: 'min' })
  expect(key(undefined, { name: 'accuracy', direction: 'min' })).toEqual({ name: 'accuracy', direction: 'min' })
  expect(key(undefined, { name: 'accuracy', direction: null })).toEqual({ name: 'accuracy', direction: 'max' })
  expect(key(undefined)).toBeNull()
})

test('checkpoints for rescues are saved while the mode, the trainer and the freeze allow it', () => {
  const tags = (options: AutopilotOptions, more: Partial<ModuleContext> = {}): unknown => {
    const { step, sent } = played({ saveEvery: 10, ...options })
    for (let at = 0; at <= 20; at++) step({ step: at, metrics: {} }, more)
    return sent.slice(1).map(({ params }) => `${params?.['action']} ${params?.['tag']}`)
  }
  const saved = ['save auto-12', 'save auto-22']
  expect([tags({}), tags({ mode: 'suggest' }), tags({ saveEvery: 0 })]).toEqual([saved, saved, []])
  const can = (canSave: boolean, canLoad: boolean): unknown => tags({}, { checkpoints: { canSave, canLoad } })
  expect([can(false, true), can(true, false), tags({}, { isFrozen: true })]).toEqual([[], [], []])
  // The default interval is an epoch: a twentieth of the run.
  expect(tags({ saveEvery: undefined }, { total: 300 })).toEqual([])
})

test("an agent's request becomes a proposal with the state at this step", () => {
  const log = logOf()
  const request: ProposalRequest = {
    ...{ id: 'q1', ts: 40, source: 'mcp', author: 'bot', note: 'too high', step: 6, seq: 2 },
    command: { module: 'opt', op: 'set_params', params: { lr: 0.3 }, expect: { lr: 0.4 } },
  }
  let closed = 0
  const seen: unknown[] = []
  const waiting = [[request], []]
  const { module, step, sent } = played({
    log: log.open,
    wallTime: () => 50,
    requests(runDir, actions) {
      seen.push([runDir, actions])
      return { take: () => waiting.shift() ?? [], close: () => void closed++ }
    },
  })
  step({ step: 7, metrics: { loss: 0 } })
  step({ step: 8, metrics: { loss: 0 } })
  expect(sent).toEqual([START])
  expect(seen).toEqual([['/run', []]])
  expect(log.lines).toMatchObject([
    {
      ...{ kind: 'proposed', action_id: 'a3-1', rule_id: 'agent', step: 7, ts: 50 },
      reason: 'bot asked through mcp: too high; needs approval because an agent requested it',
      command: { module: 'opt', op: 'set_params', params: { lr: 0.3 }, expect: { lr: 0.4 }, cid: 'ap-a3-1' },
    },
  ])
  module.close?.()
  expect([closed, log.closed]).toEqual([1, 1])
})

test('invalid options are refused', () => {
  expect(() => createAutopilot({ mode: 'fast' as never })).toThrow(
    new RangeError('`mode` must be one of off, suggest, auto, got fast'),
  )
  expect(() => createAutopilot({ rule: HALVE } as never)).toThrow(/`rule`/)
  const silent = rulesOf('{version: 2, rules: [{id: q, condition: silent, action: {do: notify}}]}')
  expect(() => createAutopilot({ rules: silent })).toThrow(
    'rule `q` needs a clock (silent), so it can run only in a separate process',
  )
  expect([createAutopilot().name, createAutopilot().listens?.()]).toEqual(['autopilot', []])
})
