import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, lossActuators, type MutableState, optimizerActuators } from '@hotcb/actuators'
import { readLedgerLine } from '@hotcb/protocol'
import { historyOf } from '@hotcb/recipe'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Kernel } from '../src/kernel.ts'
import { openKernel } from '../src/node.ts'
import { command, runDir } from './run-dir.ts'

/** A person's actions on a run, one after another. */
type Act =
  | { readonly kind: 'set'; readonly params: Record<string, unknown>; readonly module: string }
  | { readonly kind: 'switch'; readonly op: 'enable' | 'disable'; readonly key: string | null; readonly module: string }
  | { readonly kind: 'revert'; readonly back: number; readonly force: boolean }
  | { readonly kind: 'steps'; readonly count: number }
  | { readonly kind: 'stuck'; readonly on: boolean }
  | { readonly kind: 'save' }
  | { readonly kind: 'load' }
  /** A load and changes around it at one safe point. */
  | { readonly kind: 'together'; readonly lines: readonly object[] }
  | { readonly kind: 'restart'; readonly back: number; readonly cut: boolean }

const rate = fc.double({ min: 1e-6, max: 1, noNaN: true })
const weight = fc.double({ min: -1, max: 101, noNaN: true })
const relative = fc.oneof(
  fc.record({ mul: fc.double({ min: 0.1, max: 3, noNaN: true }) }),
  fc.record({ add: fc.double({ min: -0.1, max: 0.3, noNaN: true }) }),
)
const params = fc.oneof(
  fc.record({ lr: rate }),
  fc.record({ lr: rate, group: fc.constantFrom('body', 'head', 'tail') }),
  fc.record({ lr: fc.tuple(rate, rate) }),
  fc.record({ lr: relative }),
  fc.record({ lr: relative, group: fc.constantFrom('body', 'head') }),
  fc.record({ 'ramps.lr': fc.record({ steps: fc.integer({ min: 0, max: 9 }), end: rate }) }),
  fc.record({ 'ramps.weight_decay': fc.record({ steps: fc.integer({ min: 0, max: 9 }), end: rate }) }),
  fc.record({ scheduler_scale: relative, weight_decay: relative }),
  fc.record({ scheduler_drop: fc.double({ min: 0.1, max: 2, noNaN: true }) }),
  fc.record({ scheduler_scale: fc.double({ min: 0.1, max: 2, noNaN: true }) }),
  fc.record({ weight_decay: fc.double({ min: 0, max: 2, noNaN: true }), lr: rate }),
)
const lossParams = fc.oneof(
  fc.record({ ce_w: weight }),
  fc.record({ aux: weight, ce: weight }),
  fc.record({ aux: relative, ce_w: relative }),
  fc.record({ 'terms.aux': fc.boolean() }),
  fc.record({ 'ramps.aux': fc.record({ steps: fc.integer({ min: 0, max: 9 }), end: weight }) }),
  fc.record({
    'ramps.ce': fc.record({ warmup_frac: fc.constantFrom(0, 0.05, 2), end: weight, type: fc.constant('cosine') }),
  }),
  fc.constant({ 'ramps.aux': null }),
)

const LOAD = { module: 'core', op: 'checkpoint', params: { action: 'load' } }
const together: fc.Arbitrary<object> = fc.oneof(
  fc.constant(LOAD),
  rate.map((lr) => ({ ...LOAD, params: { action: 'load', set: { opt: { lr } } } })),
  fc.constant({ module: 'core', op: 'checkpoint', params: { action: 'save' } }),
  fc.constant({ module: 'core', op: 'revert', params: {} }),
  params.map((given) => ({ module: 'opt', op: 'set_params', params: given })),
  lossParams.map((given) => ({ module: 'loss', op: 'set_params', params: given })),
)

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: params.map((given): Act => ({ kind: 'set', module: 'opt', params: given })) },
  { weight: 6, arbitrary: lossParams.map((given): Act => ({ kind: 'set', module: 'loss', params: given })) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('switch' as const),
      op: fc.constantFrom('enable' as const, 'disable' as const),
      key: fc.constantFrom('lr', 'weight_decay', null),
      module: fc.constant('opt'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('revert' as const),
      back: fc.integer({ min: 0, max: 4 }),
      force: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('steps' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stuck' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'save' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'load' as const }) },
  {
    weight: 2,
    arbitrary: fc.array(together, { minLength: 2, maxLength: 6 }).map((lines): Act => ({ kind: 'together', lines })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      back: fc.integer({ min: 0, max: 8 }),
      cut: fc.boolean(),
    }),
  },
)

interface Trainer {
  readonly state: MutableState
  readonly values: () => unknown
}

function trainer(withSchedule: boolean, stuck: { on: boolean }): Trainer {
  const group = (name: string, lr: number) => {
    let weightDecay = 0
    return {
      name,
      lr,
      get weightDecay() {
        return weightDecay
      },
      set weightDecay(value: number) {
        if (stuck.on && name === 'head') throw new Error('stuck')
        weightDecay = value
      },
    }
  }
  const optimizer = { paramGroups: [group('body', 0.1), group('head', 0.2)] }
  const weights = { ce: 1, aux: 0 }
  const schedule = withSchedule ? { schedule: (step: number) => [0.1 / (1 + step / 50), 0.2 / (1 + step / 50)] } : {}
  const state = createMutableState(optimizerActuators(optimizer, schedule), lossActuators(weights))
  const values = (): unknown => [optimizer.paramGroups.map(({ lr, weightDecay }) => [lr, weightDecay]), { ...weights }]
  return { state, values }
}

/**
 * Executes the actions on a real run directory, with restarts, and compares the fold of the ledger with the live state.
 */
function play(acts: readonly Act[], withSchedule: boolean): void {
  const dir = runDir()
  const stuck = { on: false }
  let live = trainer(withSchedule, stuck)
  let step = 0
  let saved: { readonly tag: string; readonly step: number } | null = null
  const open = (cut: boolean): Kernel =>
    openKernel(dir, {
      state: live.state,
      lookMs: 0,
      continue: cut ? 'cut' : 'history',
      checkpoints: { save: () => undefined, load: () => undefined },
    })
  let kernel = open(false)
  kernel.continueFrom({ step: 0, maxSteps: 100 })
  const apply = (): void => {
    const { rewound } = kernel.apply({ step, maxSteps: 100 }, ['train_step_end'])
    step = rewound ?? step + 1
  }
  const ask = (line: object): void => {
    command(dir, line)
    apply()
  }
  for (const one of acts) {
    if (one.kind === 'set') ask({ module: one.module, op: 'set_params', params: one.params })
    else if (one.kind === 'switch')
      ask({ module: one.module, op: one.op, params: one.key === null ? null : { key: one.key } })
    else if (one.kind === 'revert')
      ask({ module: 'core', op: 'revert', params: { seq: kernel.seq - one.back, force: one.force } })
    else if (one.kind === 'steps') for (let i = 0; i < one.count; i++) apply()
    else if (one.kind === 'stuck') stuck.on = one.on
    else if (one.kind === 'save') {
      saved = { tag: `s${step}`, step: step + 1 }
      ask({ module: 'core', op: 'checkpoint', params: { action: 'save', tag: saved.tag } })
    } else if (one.kind === 'together') {
      for (const line of one.lines) command(dir, line)
      apply()
    } else if (one.kind === 'load') {
      if (saved !== null) ask({ module: 'core', op: 'checkpoint', params: { action: 'load', tag: saved.tag } })
    } else {
      kernel.close()
      live = trainer(withSchedule, stuck)
      stuck.on = false
      const to = Math.max(0, step - one.back)
      kernel = open(one.cut)
      kernel.continueFrom({ step: to, maxSteps: 100 })
      // Pending changes are re-applied at their places, so the loop has to reach its former position.
      const until = one.cut ? to : step
      step = to
      while (step < until) apply()
    }
  }
  // All pending changes are applied, and ramps have their values for this step, even those whose setter threw before.
  stuck.on = false
  apply()
  const last = step - 1
  kernel.close()
  stuck.on = false
  const fresh = trainer(withSchedule, stuck)
  const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean)
  const read = lines.map((text) => readLedgerLine(JSON.parse(text))).flatMap((one) => (one.ok ? [one.value] : []))
  const history = historyOf(read)
  const problems = fresh.state.fold(
    history.entries.map((entry) => ({ op: entry.op, step: Math.max(0, entry.step), total: 100 })),
    last,
  )
  expect(problems).toEqual([])
  expect(fresh.state.snapshot()).toEqual(live.state.snapshot())
  expect(fresh.values()).toEqual(live.values())
}

test('folding the history produces the live state, after any ops, failures, reverts, restarts and cuts', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), fc.boolean(), (acts, withSchedule) => play(acts, withSchedule)),
    { numRuns: 200 },
  )
})
