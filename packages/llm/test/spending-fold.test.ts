import type { JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type Caps, createSpendingFold, NO_CAPS } from '../src/index.ts'

const LINE = { kind: 'reserve', id: 'a', run: 'r', ts: 100, nano: 50, tokens: 10, calls: 1, actions: 2 }
const NOTHING = { nano: 0, reserved: 0, tokens: 0, calls: 0, actions: 0, since: null, nanoToday: 0 }

function fold(...lines: readonly JsonObject[]) {
  const all = createSpendingFold()
  for (const line of lines) all.take(line)
  return all
}

test('a reservation counts for its run and for its day', () => {
  const all = fold(LINE, { ...LINE, id: 'b', ts: 200 }, { ...LINE, id: 'c', run: 'other', ts: 86_400 })
  expect(all.totals('r', 0)).toEqual({
    ...{ nano: 100, reserved: 100, tokens: 20, calls: 2, actions: 4, since: 100, nanoToday: 100 },
  })
  expect(all.totals('other', 86_399)).toMatchObject({ nano: 50, since: 86_400, nanoToday: 100 })
  expect(all.totals('other', 86_400)).toMatchObject({ nanoToday: 50 })
  expect(all.totals('unknown', 200_000)).toEqual(NOTHING)
})

test('a settled reservation counts the amount used, once, on the day of the reservation', () => {
  const settled = { kind: 'settle', id: 'a', nano: 80, tokens: 4 }
  const all = fold(LINE, settled, { ...settled, nano: 1 })
  expect(all.totals('r', 0)).toEqual({
    ...{ nano: 80, reserved: 0, tokens: 4, calls: 1, actions: 2, since: 100, nanoToday: 80 },
  })
  expect(fold(LINE, { ...settled, nano: 0, tokens: 0 }).totals('r', 0)).toMatchObject({ nano: 0, tokens: 0, calls: 1 })
})

test('a second line with the id of a reservation changes nothing', () => {
  const all = fold(LINE, { ...LINE, run: 'other' })
  expect(all.totals('r', 0).nano).toBe(50)
  expect(all.totals('other', 0)).toMatchObject({ nano: 0 })
  expect([all.verdict('a'), all.verdict('b')]).toEqual([null, undefined])
})

test.each<[keyof Caps, number, number]>([
  ['nano', 100, 99],
  ['nanoPerDay', 100, 99],
  ['tokens', 20, 19],
  ['calls', 2, 1],
  ['actions', 4, 3],
  ['minutes', 2, 1.9],
])('the cap %s allows %d and refuses %d', (cap, enough, less) => {
  const second = { ...LINE, id: 'b', ts: LINE.ts + 120 }
  const verdictWith = (value: unknown) =>
    // A file may contain anything as a cap.
    fold(LINE, { ...second, caps: { ...NO_CAPS, [cap]: value } as JsonObject }).verdict('b')
  expect(verdictWith(enough)).toBeNull()
  expect(verdictWith(less)).toBe(cap)
  expect(verdictWith(0)).toBe(cap)
  // An invalid cap has no effect.
  for (const wrong of [-1, 'x', null, undefined]) expect(verdictWith(wrong)).toBeNull()
})

test('a refused reservation does not count, and its settlement changes nothing', () => {
  const all = fold({ ...LINE, caps: { nano: 1 } }, { kind: 'settle', id: 'a', nano: 40, tokens: 4 })
  expect(all.verdict('a')).toBe('nano')
  expect(all.totals('r', 0)).toEqual(NOTHING)
})

test('a cap on calls does not stop an action, a cap on actions does not stop a call, and minutes begin with the first call', () => {
  const caps = { ...NO_CAPS, calls: 0, actions: 0, minutes: 0 }
  expect(fold({ ...LINE, calls: 0, actions: 0, caps }).verdict('a')).toBeNull()
  expect(fold({ ...LINE, calls: 1, actions: 0, caps }).verdict('a')).toBe('calls')
  expect(fold({ ...LINE, calls: 0, actions: 1, caps }).verdict('a')).toBe('actions')
})

test.each<[string, JsonObject]>([
  ['no id', { id: 5 }],
  ['no run', { run: null }],
  ['no time', { ts: '100' }],
  ['an infinite time', { ts: Number.POSITIVE_INFINITY }],
  ['a fraction of a billionth of a dollar', { nano: 0.5 }],
  ['negative money', { nano: -1 }],
  ['too much money to count', { nano: 2 ** 53 }],
  ['negative tokens', { tokens: -1 }],
  ['text for calls', { calls: '1' }],
  ['no actions', { actions: null }],
  ['another kind', { kind: 'note' }],
])('a line with %s is ignored', (_title, wrong) => {
  const all = fold({ ...LINE, ...wrong })
  expect(all.totals('r', 0)).toEqual(NOTHING)
  expect(all.verdict('a')).toBeUndefined()
})

test.each<[string, JsonObject]>([
  ['no id', { id: 5 }],
  ['negative money', { nano: -1 }],
  ['no tokens', { tokens: null }],
  ['another kind', { kind: 'note' }],
])('a settlement with %s is ignored', (_title, wrong) => {
  const all = fold(LINE, { kind: 'settle', id: 'a', nano: 1, tokens: 1, ...wrong })
  expect(all.totals('r', 0)).toMatchObject({ nano: 50, reserved: 50 })
})

test('a line without caps, or with caps that are not an object, has no limits', () => {
  for (const caps of [undefined, null, 5, []]) {
    expect(fold({ ...LINE, ...(caps !== undefined && { caps }) }).verdict('a')).toBeNull()
  }
})
