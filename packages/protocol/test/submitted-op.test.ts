import { expect, test } from 'vitest'
import { rateKeysProblem, readSubmittedOp, withOneRateKey } from '../src/index.ts'

test('a submitted op is copied: later changes of the object do not affect it', () => {
  const params = { lr: 0.1 }
  const read = readSubmittedOp({ module: 'opt', op: 'set_params', params })
  params.lr = 9
  expect(read).toEqual({ ok: true, value: { module: 'opt', op: 'set_params', params: { lr: 0.1 } } })
})

test('an id is read as in a command line, and is absent if none was given', () => {
  expect(readSubmittedOp({ module: 'cb', op: 'enable', id: 'probe' })).toMatchObject({ value: { id: 'probe' } })
  const read = readSubmittedOp({ module: 'cb', op: 'enable' })
  expect(read.ok && Object.keys(read.value)).toEqual(['module', 'op'])
})

test.each<[object, RegExp]>([
  [{ module: '', op: 'x' }, /^`submit` expects \{module, op, id\?, params\?\}, got /],
  [{ op: 'x' }, /^`submit` expects \{module, op, id\?, params\?\}, got /],
  [[], /^`submit` expects \{module, op, id\?, params\?\}, got \[\]$/],
  [
    { module: 'opt', op: 'set', params: { lr: Number.NaN } },
    /^`submit` accepts only an op that can be written as JSON: `params\.lr` must be a finite number/,
  ],
  [{ module: 'opt', op: 'set', params: 3 }, /^`submit`: /],
])('a wrong op is refused in one line: %o', (op, reason) => {
  const read = readSubmittedOp(op as Parameters<typeof readSubmittedOp>[0])
  expect(read.ok ? 'accepted' : read.reason).toMatch(reason)
})

test('two keys that set the learning rate are refused, and the second one is named', () => {
  const keys = (...names: string[]) => rateKeysProblem({ pairs: names.map((name) => [name, 1]) } as never)
  expect(keys('scheduler_scale', 'weight_decay', 'lr')).toEqual({
    key: 'scheduler_scale',
    reason: '`lr` and `scheduler_scale` cannot be set together: both set the learning rate',
  })
  expect(keys('scheduler_scale', 'scheduler_drop')?.key).toBe('scheduler_drop')
  expect(keys('lr', 'weight_decay')).toBeNull()
  expect(keys()).toBeNull()
})

test('if a ledger line has several rate keys, only the resulting scale is set again', () => {
  expect(withOneRateKey({ lr: 1, scheduler_drop: 2, scheduler_scale: 3, momentum: 4 })).toEqual({
    scheduler_scale: 3,
    momentum: 4,
  })
  const without = { lr: 1, scheduler_scale: null }
  expect(withOneRateKey(without)).toBe(without)
})
