import { type Command, type JsonObject, readCommand } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type Ask, askFor } from '../src/ask.ts'
import { createQueuedCancels, mayCancelQueued } from '../src/queued-cancels.ts'
import { createQueues } from '../src/queues.ts'

function ask(cid: string, params: JsonObject | null = null, op = 'set_params'): Ask {
  const module = op === 'checkpoint' ? 'core' : 'opt'
  return askFor({ module, op, id: 'main', params }, 'live', 'cli', { cid })
}
const save = (cid: string): Ask => ask(cid, { action: 'save' }, 'checkpoint')
const load = (cid: string): Ask => ask(cid, { action: 'load' }, 'checkpoint')
const cids = (asks: readonly (Ask | undefined)[]): (string | null | undefined)[] => asks.map((one) => one?.cid)

test('submitted requests are taken once, in order', () => {
  const queues = createQueues()
  queues.submit(ask('a'), ask('b'))
  queues.submit(ask('c'))
  expect(cids(queues.submitted)).toEqual(['a', 'b', 'c'])
  expect(cids(queues.takeSubmitted())).toEqual(['a', 'b', 'c'])
  expect([queues.submitted, queues.takeSubmitted()]).toEqual([[], []])
  queues.submit(ask('d'))
  expect(cids(queues.submitted)).toEqual(['d'])
})

test('submitted saves can be taken separately: loads and other requests stay in order', () => {
  const queues = createQueues()
  queues.submit(ask('a'), save('b'), load('c'), ask('d', null, 'checkpoint'))
  expect(cids(queues.takeSubmittedSaves())).toEqual(['b', 'd'])
  expect(cids(queues.submitted)).toEqual(['a', 'c'])
  expect(queues.takeSubmittedSaves()).toEqual([])
  expect(cids(queues.submitted)).toEqual(['a', 'c'])
})

test('the request with a cid is withdrawn, a held one before a submitted one, and the others stay', () => {
  const queues = createQueues()
  const held = (cid: string, step: number): void =>
    queues.held.add({ step, call: null, event: null, item: ask(cid, { held: true }) })
  held('a', 5)
  held('b', 9)
  queues.submit(ask('b', { held: false }), ask('c'))
  expect(queues.withdraw('none')).toBeUndefined()
  expect(queues.withdraw('b')?.op.params).toEqual({ held: true })
  expect(cids(queues.submitted)).toEqual(['b', 'c'])
  expect(queues.withdraw('b')?.op.params).toEqual({ held: false })
  expect(cids(queues.submitted)).toEqual(['c'])
  expect(cids(queues.held.remaining().map(({ item }) => item))).toEqual(['a'])
})

test('the next step is the earliest of history, held commands and recipe', () => {
  const queues = createQueues()
  expect(queues.nextStep).toBe(Number.POSITIVE_INFINITY)
  const place = (step: number) => ({ step, call: null, event: null })
  queues.recipe.add({
    ...place(9),
    item: { at: { step: 9, event: null }, module: 'opt', op: 'enable', id: 'main', params: null },
  })
  expect(queues.nextStep).toBe(9)
  queues.held.add({ ...place(7), item: ask('a') })
  expect(queues.nextStep).toBe(7)
  queues.held.remove(() => true)
  expect(queues.nextStep).toBe(9)
})

test('saves are taken once, in order', () => {
  const queues = createQueues()
  expect(queues.takeSaves()).toEqual([])
  const [first, second] = [
    { ask: save('a'), tag: 'x' },
    { ask: save('b'), tag: 'y' },
  ]
  queues.addSave(first)
  queues.addSave(second)
  expect(queues.saves).toEqual([first, second])
  expect(queues.takeSaves()).toEqual([first, second])
  expect(queues.saves).toEqual([])
})

test('the tags saved at a step are kept until the step is left or one is dropped', () => {
  const queues = createQueues()
  for (const tag of ['x', 'y', 'z']) queues.addSavedTag(tag)
  queues.forgetSavedTag('y')
  expect(queues.savedTags).toEqual(['x', 'z'])
  queues.forgetSavedTags()
  expect(queues.savedTags).toEqual([])
})

function command(line: object): Command {
  const read = readCommand(line)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}
const cancel = (params: object, more: object = {}): Command =>
  command({ module: 'core', op: 'cancel', params, ...more })

test('a cancel of a queued command skips that command once, and it is then answered as withdrawn once', () => {
  const cancels = createQueuedCancels()
  cancels.note(cancel({ cid: 'a', queued: true }), () => false)
  expect([cancels.withdraw(null), cancels.withdraw('b'), cancels.takeWithdrawn('a')]).toEqual([false, false, false])
  expect([cancels.withdraw('a'), cancels.withdraw('a')]).toEqual([true, false])
  expect([cancels.takeWithdrawn('a'), cancels.takeWithdrawn('a')]).toEqual([true, false])
})

test('a cancel that lacks `queued`, has a condition, or comes too late does not affect earlier commands', () => {
  const never = (): boolean => false
  const good = { cid: 'a', queued: true }
  const cases: readonly (readonly [Command, (cid: string) => boolean])[] = [
    [cancel(good), (cid) => cid === 'a'],
    [cancel({ cid: 'a' }), never],
    [cancel({ cid: 'a', queued: 'true' }), never],
    [cancel({ cid: 7, queued: true }), never],
    [cancel({ queued: true }), never],
    [cancel(good, { at: { step: 3 } }), never],
    [cancel(good, { expect: { lr: 1 } }), never],
    [cancel(good, { expires: { step: 3 } }), never],
    [command({ module: 'opt', op: 'cancel', params: good }), never],
    [command({ module: 'core', op: 'resume', params: good }), never],
    [command({ module: 'core', op: 'cancel' }), never],
  ]
  for (const [line, isAnswered] of cases) {
    const cancels = createQueuedCancels()
    cancels.note(line, isAnswered)
    expect([line, cancels.withdraw('a')]).toEqual([line, false])
  }
})

test('a line without both words is not such a cancel and need not be parsed', () => {
  expect(
    ['{"op":"cancel","params":{"queued":true}}', '{"op":"cancel"}', '{"queued":true}', '{"op":"set"}'].map(
      mayCancelQueued,
    ),
  ).toEqual([true, false, false, false])
})
