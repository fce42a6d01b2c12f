import type { Env, Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type CallbackModuleOptions, createCallbackModule, plainGuard } from '../src/index.ts'
import { openRun, type Run } from './support.ts'

/** A run with callbacks of a given duration on a simulated clock; each step takes 4 ms in addition. */
function clockedRun(limits: CallbackModuleOptions, ms: Readonly<Record<string, (step: number) => number>>): Run {
  let clock = 0
  const own = Object.entries(ms).map(([id, take]) => {
    const handle = (_event: string, { step }: Env): void => {
      clock += take(step)
    }
    return [id, { handle }]
  })
  const module = createCallbackModule(
    {
      loader: { load: () => ({ ok: false, error: 'nothing to load', traceback: null }) },
      now: () => clock,
      guard: plainGuard(),
    },
    { ...limits, callbacks: Object.fromEntries(own) },
  )
  const run = openRun({ kernel: { modules: [module] } })
  const step = (at: number): void => {
    clock += 4
    run.step(at)
  }
  const all = (): Record<string, Record<string, Json>> => module.status?.() as Record<string, Record<string, Json>>
  return { ...run, module, step, status: (id) => all()[id] ?? {} }
}

test('a call that exceeds the budget per call disables its callback', () => {
  const run = clockedRun({ maxCallMs: 20 }, { slow: (step) => (step === 1 ? 40 : 20), light: () => 0 })
  for (let step = 0; step < 3; step++) run.step(step)
  const reason = 'took 40.0 ms at step 1, train_step_end, over the budget of 20 ms per call'
  expect(run.status('slow')).toMatchObject({ enabled: false, reason, calls: 2, total_ms: 60, mean_ms: 30, max_ms: 40 })
  expect(run.status('light')).toMatchObject({ enabled: true, calls: 3 })
  expect(run.last()).toMatchObject({ op: 'disable', id: 'slow', source: 'kernel', decision: 'applied', notes: reason })
  run.command('enable', 'slow')
  run.step(3)
  expect(run.status('slow')).toMatchObject({ enabled: true, reason: null, calls: 3 })
})

test('a callback whose share of the wall time exceeds the budget is disabled, and the status shows the share', () => {
  const run = clockedRun({ maxShare: 0.5 }, { slow: () => 5, light: () => 1 })
  for (let step = 0; step < 99; step++) run.step(step)
  expect(run.status('slow')).toMatchObject({ enabled: true, share: null })
  run.step(99)
  expect(run.status('slow')).toMatchObject({ enabled: true, share: 0.5 })
  expect(run.status('light')).toMatchObject({ enabled: true, share: 0.1 })
  const heavy = clockedRun({ maxShare: 0.5 }, { slow: () => 6, light: () => 1 })
  for (let step = 0; step < 101; step++) heavy.step(step)
  expect(heavy.status('slow')).toMatchObject({
    enabled: false,
    share: 0.54545,
    reason: 'took 54.5 % of the time over the last 100 safe points, over the budget of 50 %',
  })
  expect(heavy.status('light')).toMatchObject({ enabled: true })
  expect(heavy.last()).toMatchObject({ op: 'disable', id: 'slow', source: 'kernel', decision: 'applied' })
})
