import type { ControlDescription } from '@hotcb/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AI_ACTIONS } from '../src/ai/actions.ts'
import { intentOf } from '../src/ai/intent.ts'
import type { PromptIds } from '../src/ai/prompt-ids.ts'
import { readReply } from '../src/ai/reply.ts'

// Only these fields of a description matter here.
const control = (key: string, more: object): ControlDescription =>
  ({
    param_key: key,
    state: 'active',
    type: 'float',
    current: 0.1,
    min: 0,
    max: 1,
    ...more,
  }) as unknown as ControlDescription

const LR = control('lr', { group: 'optimizer', min: 1e-7 })
const CONTROLS = [
  LR,
  control('recon_w', { group: 'loss', max: 10 }),
  control('warm', { type: 'int', current: 3, max: 5 }),
]
const IDS: PromptIds = {
  metrics: new Map([['m1', 'loss']]),
  controls: new Map(CONTROLS.map((one, i) => [`c${i + 1}`, one])),
  groups: new Map([['g1', { control: LR, place: 0, value: 0.1 }]]),
  callbacks: new Map([['k1', 'early_stop']]),
}

const target = fc.oneof(
  fc.constantFrom('m1', 'c1', 'c2', 'c3', 'g1', 'k1', null),
  fc.constantFrom('c9', '__proto__', 'lr'),
)
const value = fc.oneof(
  fc.double({ min: -0.5, max: 2 }),
  fc.double({ min: -2, max: 12 }),
  fc.double(),
  fc.constantFrom(null, 1e308, -0),
)
const sane = fc.record({
  action: fc.constantFrom(...AI_ACTIONS),
  target,
  value,
  text: fc.constant(null),
  learnings: fc.constant(null),
})
const action = fc.oneof({ weight: 20, arbitrary: sane }, fc.anything())
const reply = fc.record({
  diagnosis: fc.constantFrom('healthy', 'too_low', 'too_high', 'plateau', 'approved'),
  reasoning: fc.string(),
  actions: fc.array(action, { maxLength: 2 }),
  next_check: fc.oneof(fc.constant(null), fc.integer()),
})
const text = fc.oneof(
  { weight: 6, arbitrary: reply.map((one) => JSON.stringify(one)) },
  fc.tuple(reply, fc.nat(), fc.string()).map(([one, at, piece]) => {
    const whole = JSON.stringify(one)
    const place = at % (whole.length + 1)
    return whole.slice(0, place) + piece + whole.slice(place)
  }),
  fc.string(),
)

test('whatever a model writes, it sets only known controls, to finite numbers within their bounds', () => {
  let changes = 0
  fc.assert(
    fc.property(text, (written) => {
      const read = readReply(written)
      if (!read.ok) {
        expect(read.reason).not.toMatch(/\n/)
        return
      }
      expect(read.value.actions.length).toBeLessThanOrEqual(2)
      for (const one of read.value.actions) {
        const intent = intentOf(one, IDS)
        if (!intent.ok || intent.value.kind !== 'change') continue
        changes++
        const { action: wanted } = intent.value
        if (wanted.kind === 'set') for (const [key, change] of Object.entries(wanted.values)) checkChange(key, change)
        if (wanted.kind === 'op') checkOp(wanted.op)
        if (wanted.kind === 'do') expect(wanted.what).toBe('rescue')
      }
    }),
    { numRuns: 3000 },
  )
  expect(changes).toBeGreaterThan(30)
})

function checkChange(key: string, change: object): void {
  if ('mul' in change) {
    expect([key, Number(change.mul) > 0 && Number(change.mul) < 1]).toEqual(['lr', true])
    return
  }
  const found = CONTROLS.find(({ param_key }) => param_key === key)
  const to = 'to' in change ? Number(change.to) : Number.NaN
  expect(to).toBeGreaterThanOrEqual(found?.min ?? Number.POSITIVE_INFINITY)
  expect(to).toBeLessThanOrEqual(found?.max ?? Number.NEGATIVE_INFINITY)
}

function checkOp({ module, op, id, params }: { module: string; op: string; id?: unknown; params?: unknown }): void {
  if (module === 'cb') expect([['enable', 'disable'].includes(op), id]).toEqual([true, 'early_stop'])
  else expect([module, op, params]).toEqual(['opt', 'set_params', { lr: expect.toSatisfy(isRate), group: 0 }])
}

function isRate(given: unknown): boolean {
  return typeof given === 'number' && given >= 1e-7 && given <= 1
}
