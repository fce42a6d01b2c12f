import type { SweepTrialState } from '@hotcb/sweep'
import { expect, test } from 'vitest'
import { actOf, staleness } from '../src/tools/act-of.ts'
import { checkArguments, readToolArguments } from '../src/tools/arguments.ts'
import { schemaOf, type ToolSpec } from '../src/tools/spec.ts'
import { findTool, TOOLS } from '../src/tools/table.ts'
import type { Outlook, TrialView } from '../src/types.ts'
import { outlookOf, trialOf } from './trials.ts'

const SPEC: ToolSpec = {
  name: 'tool',
  class: 'read',
  about: 'A tool.',
  args: {
    index: { kind: 'whole', about: 'Which.', least: 0, most: 9 },
    many: { kind: 'wholes', about: 'Some.', optional: true, least: 1 },
    share: { kind: 'number', about: 'Part.', optional: true, least: 0.5 },
    note: { kind: 'text', about: 'Words.', optional: true },
    on: { kind: 'flag', about: 'Whether.', optional: true },
    way: { kind: 'word', about: 'How.', optional: true, words: ['fast', 'slow'] },
    more: { kind: 'object', about: 'Rest.', optional: true },
  },
}

const WANTED = {
  index: 'a whole number, at least 0 and at most 9',
  many: 'a list of different trials, such as [0, 3]',
  share: 'a number, at least 0.5',
  note: 'text of at most 20000 characters',
  on: 'true or false',
  way: 'one of fast, slow',
  more: 'an object',
} as const

test('valid arguments are accepted, and optional ones may be left out or null', () => {
  const all = { index: 0, many: [3, 0], share: 0.5, note: '', on: false, way: 'slow', more: {} }
  expect(checkArguments(SPEC, all)).toEqual({ ok: true, value: all })
  expect(checkArguments(SPEC, { index: 9, note: null })).toEqual({ ok: true, value: { index: 9 } })
})

test.each<[keyof typeof WANTED, unknown]>([
  ['index', -1],
  ['index', 10],
  ['index', 1.5],
  ['index', '3'],
  ['many', []],
  ['many', [1, 1]],
  ['many', [-1]],
  ['many', [0.5]],
  ['many', 3],
  ['many', Array.from({ length: 10_001 }, (_, i) => i)],
  ['share', 0.4],
  ['share', Number.POSITIVE_INFINITY],
  ['share', '1'],
  ['note', 'x'.repeat(20_001)],
  ['note', 7],
  ['on', 'true'],
  ['way', 'medium'],
  ['way', 1],
  ['more', []],
])('an invalid argument %s is refused with a description of a valid one', (name, value) => {
  const read = checkArguments(SPEC, { index: 1, [name]: value })
  expect(read.ok ? '' : read.reason).toContain(`\`${name}\` of \`tool\` must be ${WANTED[name]}, got `)
})

test('the message names an argument that is missing or does not exist', () => {
  expect(checkArguments(SPEC, {})).toEqual({ ok: false, reason: '`tool` needs `index`: Which.' })
  expect(checkArguments(SPEC, { index: 1, size: 2 })).toMatchObject({
    reason: expect.stringContaining('has no argument'),
  })
  expect(checkArguments(SPEC, { index: 1, toString: 2 })).toMatchObject({ ok: false })
})

test('the text of the arguments is read as one object, and empty text as no arguments', () => {
  expect(readToolArguments(SPEC, '{"index": 4}')).toEqual({ ok: true, value: { index: 4 } })
  expect(readToolArguments({ ...SPEC, args: {} }, '  ')).toEqual({ ok: true, value: {} })
  expect(readToolArguments(SPEC, '[1]')).toMatchObject({ ok: false, reason: expect.stringMatching(/^`tool`: /) })
})

test('a schema contains the type, the bounds and the words of each argument', () => {
  expect(schemaOf(SPEC)).toEqual({
    type: 'object',
    properties: {
      index: { type: 'integer', description: 'Which.', minimum: 0, maximum: 9 },
      many: { type: 'array', items: { type: 'integer' }, description: 'Some.' },
      share: { type: 'number', description: 'Part.', minimum: 0.5 },
      note: { type: 'string', description: 'Words.' },
      on: { type: 'boolean', description: 'Whether.' },
      way: { type: 'string', description: 'How.', enum: ['fast', 'slow'] },
      more: { type: 'object', description: 'Rest.' },
    },
    required: ['index'],
    additionalProperties: false,
  })
})

const TRIAGE = { onFailure: 'remediate', maxMem: '16G', maxTime: null, maxRetries: 2, stallMinutes: 30 } as const
const LIVE = { lr: [0.001, 0.1] } as const

function decided(tool: string, args: Readonly<Record<string, unknown>>, given: readonly TrialView[] | Outlook) {
  const spec = findTool(tool)
  if (spec === undefined) throw new Error(tool)
  const outlook = 'trials' in given ? given : outlookOf(given)
  const read = actOf(spec, args, outlook, { live: LIVE, triage: TRIAGE })
  return read.ok ? read.value : read.reason
}

test('an act contains the state of its trials, the reason and the class of its tool', () => {
  const trial = trialOf(3, { state: 'running', attempt: 2, elapsedSeconds: 10 })
  expect(decided('stop_index', { index: 3, reason: 'bad' }, [trial])).toEqual({
    ...{ tool: 'stop_index', args: { index: 3, reason: 'bad' }, class: 'cheap', reason: 'bad' },
    expect: [{ i: 3, state: 'running', attempt: 2 }],
  })
  expect(decided('stop_index', { index: 4 }, [trial])).toBe('trial 4 does not exist')
  expect(decided('msg', { index: 3 }, [trial])).toBe('`msg` changes nothing')
})

test('an act on a trial that has been running for more than an hour is costly', () => {
  const classAt = (elapsedSeconds: number | null, state: SweepTrialState = 'running') =>
    decided('stop_index', { index: 0 }, [trialOf(0, { state, elapsedSeconds })])
  expect(classAt(3600)).toMatchObject({ class: 'cheap' })
  expect(classAt(3601)).toMatchObject({ class: 'costly' })
  expect(classAt(null)).toMatchObject({ class: 'cheap' })
  expect(decided('prune_index', { index: 0 }, [trialOf(0, { state: 'failed', elapsedSeconds: 9999 })])).toMatchObject({
    class: 'cheap',
  })
})

test.each<[string, readonly SweepTrialState[], readonly SweepTrialState[]]>([
  [
    'stop_index',
    ['waiting', 'running', 'queued', 'submitted'],
    ['ready', 'stopping', 'pruning', 'pausing', 'completed', 'failed', 'paused'],
  ],
  ['pause_index', ['waiting', 'running'], ['pausing', 'paused', 'completed']],
  ['prune_index', ['running', 'paused', 'failed', 'cancelled', 'ready'], ['completed', 'pruned', 'pruning']],
  ['resume_index', ['paused', 'cancelled', 'failed'], ['ready', 'running', 'completed', 'pruned']],
])('%s is accepted for some states and refused for others', (tool, fitting, others) => {
  for (const state of fitting) expect(decided(tool, { index: 0 }, [trialOf(0, { state })])).toMatchObject({ tool })
  const verb = tool.replace('_index', '')
  for (const state of others)
    expect(decided(tool, { index: 0 }, [trialOf(0, { state })])).toBe(
      `trial 0 is ${state}; there is nothing to ${verb}`,
    )
})

const PROVEN = [10, 11, 12].map((i) => trialOf(i, { state: 'completed', attempt: 1 }))

test('starting up to three trials is cheap, starting more is costly, and completed ones need force', () => {
  const trials = [0, 1, 2, 3].map((i) => trialOf(i))
  const start = (indices: readonly number[], more: object = {}) =>
    decided('run_indices', { indices, ...more }, [...trials, ...PROVEN])
  expect(start([0, 1, 2])).toMatchObject({ class: 'cheap', expect: [{ i: 0 }, { i: 1 }, { i: 2 }] })
  expect(start([0, 1, 2, 3])).toMatchObject({ class: 'costly' })
  expect(start([10])).toBe('trial 10 cannot be started because it is completed; `force` runs it again')
  expect(start([10], { force: true })).toMatchObject({ class: 'costly' })
  expect(start([77])).toBe('trial 77 does not exist')
  const running = decided('run_indices', { indices: [0], force: true }, [trialOf(0, { state: 'running' })])
  expect(running).toBe('trial 0 cannot be started because it is running')
  for (const state of ['failed', 'cancelled', 'paused'] as const)
    expect(decided('run_indices', { indices: [0] }, [trialOf(0, { state, attempt: 1 })])).toMatchObject({
      class: 'cheap',
    })
})

test('before a trial has shown a metric only one may start, and three before three have', () => {
  const fresh = [0, 1, 2, 3].map((i) => trialOf(i))
  const start = (indices: readonly number[], others: readonly TrialView[]) =>
    decided('run_indices', { indices }, [...fresh, ...others])
  const begun = (i: number, more: Partial<TrialView> = {}) => trialOf(i, { state: 'running', attempt: 1, ...more })
  expect(start([0], [])).toMatchObject({ tool: 'run_indices' })
  expect(start([0, 1], [])).toMatch(/^canary: start one trial/)
  expect(start([0], [begun(8)])).toMatch(/^canary: start one trial/)
  expect(start([0], [trialOf(8, { state: 'waiting' })])).toMatch(/^canary: start one trial/)
  expect(start([0, 1], [begun(8, { step: 5 })])).toMatchObject({ tool: 'run_indices' })
  expect(start([0, 1, 2], [begun(8, { step: 5 })])).toBe(
    'canary: 1 trial(s) have shown a metric; until it is 3, at most 3 may have started',
  )
  expect(start([0, 1, 2, 3], PROVEN)).toMatchObject({ class: 'costly' })
  // Another attempt is not a new trial.
  expect(
    decided('run_indices', { indices: [0] }, [trialOf(0, { state: 'failed', attempt: 1 }), begun(1)]),
  ).toMatchObject({ tool: 'run_indices' })
})

test('memory and time are raised by a percentage for failed trials, up to the limit', () => {
  const trial = trialOf(2, { state: 'failed', attempt: 1, mem: '8G', time: '01:00:00' })
  expect(decided('bump_mem', { index: 2, percent: 25 }, [trial])).toMatchObject({
    ...{ args: { index: 2, mem: '10240M' }, class: 'costly' },
  })
  expect(decided('bump_time', { index: 2, percent: 100 }, [trial])).toMatchObject({
    args: { index: 2, time: '02:00:00' },
  })
  expect(decided('bump_mem', { index: 2, percent: 25 }, [{ ...trial, mem: '16G' }])).toBe(
    '`bump_mem`: 16G cannot be raised; the limit is 16G',
  )
  expect(decided('bump_time', { index: 2, percent: 25 }, [{ ...trial, time: 'UNLIMITED' }])).toBe(
    '`bump_time`: UNLIMITED cannot be raised',
  )
  expect(decided('bump_mem', { index: 2, percent: 25 }, [{ ...trial, mem: null }])).toContain(
    'this executor has no limit',
  )
  expect(decided('bump_mem', { index: 2, percent: 25 }, [{ ...trial, state: 'running' }])).toBe(
    'trial 2 is running; `bump_mem` applies only to failed trials',
  )
})

test('controls of running trials are set within the bounds in the config', () => {
  const trial = trialOf(1, { state: 'running' })
  const set = (values: object, more: Partial<TrialView> = {}) =>
    decided('set_controls', { index: 1, values }, [{ ...trial, ...more }])
  for (const lr of [0.001, 0.05, 0.1]) expect(set({ lr })).toMatchObject({ class: 'control', args: { values: { lr } } })
  for (const lr of [0.0009, 0.11, '0.05', null])
    expect(set({ lr })).toContain('must be a number from 0.001 to 0.1, got ')
  expect(set({ momentum: 0.5 })).toContain('is not in `monitor.live` of the config')
  expect(set({ toString: 0.5 })).toContain('is not in `monitor.live` of the config')
  expect(set({})).toBe('`values` is empty')
  expect(set({ lr: 0.05 }, { state: 'paused' })).toBe('trial 1 is paused; controls can be set only while it trains')
})

test('stop_all applies to all trials that can be stopped, and halving needs its config', () => {
  const states: readonly SweepTrialState[] = ['running', 'completed', 'waiting', 'stopping', 'failed']
  const trials = states.map((state, i) => trialOf(i, { state }))
  expect(decided('stop_all', { reason: 'x' }, trials)).toMatchObject({ class: 'costly', expect: [{ i: 0 }, { i: 2 }] })
  expect(decided('run_sh', {}, trials)).toContain('no `successive_halving`')
  expect(decided('run_sh', {}, outlookOf(trials, { halving: {} }))).toMatchObject({ tool: 'run_sh', expect: [] })
})

test('an act is stale if one of its trials is gone, or has another state or attempt', () => {
  const act = { expect: [{ i: 1, state: 'failed', attempt: 2 }] }
  const now = (more: Partial<TrialView>) =>
    staleness(act, { trials: [trialOf(1, { state: 'failed', attempt: 2, ...more })] })
  expect(now({})).toBeNull()
  expect(now({ state: 'running' })).toBe('trial 1 has changed from failed (attempt 2) to running (attempt 2)')
  expect(now({ attempt: 3 })).toBe('trial 1 has changed from failed (attempt 2) to failed (attempt 3)')
  expect(now({ i: 2 })).toBe('trial 1 is no longer in the sweep')
})

test('each tool has a unique name, and tools that change a sweep need a reason or a flag', () => {
  expect(new Set(TOOLS.map(({ name }) => name)).size).toBe(TOOLS.length)
  expect(TOOLS.every(({ name, about }) => findTool(name)?.about === about && about !== '')).toBe(true)
  expect(findTool('rm')).toBeUndefined()
})
