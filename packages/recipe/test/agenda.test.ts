import { expect, test } from 'vitest'
import { type AgendaEntry, createAgenda } from '../src/index.ts'

const due = (item: string, step: number, more: Partial<AgendaEntry<string>> = {}): AgendaEntry<string> => ({
  step,
  call: null,
  event: null,
  item,
  ...more,
})
const items = (all: readonly AgendaEntry<string>[]): string[] => all.map(({ item }) => item)

test('entries in one step keep their original order, no matter how the steps are mixed', () => {
  const agenda = createAgenda([due('d', 4), due('a', 1), due('b', 1)])
  agenda.add(due('e', 4))
  agenda.add(due('c', 1))
  agenda.add(due('f', 4))
  expect([agenda.nextStep, items(agenda.take(1, 0, []))]).toEqual([1, ['a', 'b', 'c']])
  expect([agenda.nextStep, items(agenda.take(4, 0, []))]).toEqual([4, ['d', 'e', 'f']])
  expect([agenda.nextStep, agenda.size]).toEqual([Number.POSITIVE_INFINITY, 0])
})

test('an entry whose call was skipped is due at the next call in the step, and is not late', () => {
  const agenda = createAgenda([due('a', 3, { call: 1 })])
  expect(agenda.take(3, 0, [])).toEqual([])
  expect(agenda.take(3, 2, [])).toEqual([{ ...due('a', 3, { call: 1 }), late: false }])
})

test('an entry that was taken is not removed, does not remain, and is not taken again', () => {
  const agenda = createAgenda([due('a', 1), due('b', 2, { event: 'val_end' }), due('c', 2), due('d', 3)])
  expect(items(agenda.take(1, 0, []))).toEqual(['a'])
  expect(items(agenda.take(2, 0, []))).toEqual(['c'])
  expect(items(agenda.remaining())).toEqual(['b', 'd'])
  expect(items(agenda.remove((item) => item !== 'd'))).toEqual(['b'])
  expect(items(agenda.take(9, 0, []))).toEqual(['d'])
})

test('thousands of entries, taken a few at a time, are each returned once and in order', () => {
  const all = Array.from({ length: 5000 }, (_, i) => due(`${i}`, Math.floor(i / 3)))
  const agenda = createAgenda(all)
  const taken: string[] = []
  for (let step = 0; agenda.size > 0; step++) taken.push(...items(agenda.take(step, 0, [])))
  expect(taken).toEqual(items(all))
})

test('an entry after the events of its call is due there and not before, or at a later call if that call never comes', () => {
  const agenda = createAgenda([due('x', 5, { call: 1, after: true }), due('y', 7)])
  expect([agenda.hasAfter(5, 0), agenda.hasAfter(4, 9), items(agenda.take(5, 1, []))]).toEqual([false, false, []])
  expect(agenda.hasAfter(5, 1)).toBe(true)
  expect(agenda.takeAfter(5, 1)).toEqual([{ ...due('x', 5, { call: 1, after: true }), late: false }])
  expect([agenda.hasAfter(5, 1), agenda.size]).toEqual([false, 1])
  agenda.add(due('z', 6, { call: 2, after: true }))
  expect(items(agenda.take(6, 2, []))).toEqual([])
  expect(items(agenda.take(6, 3, []))).toEqual(['z'])
})

test('an entry after the events without a call is due at the first call of its step', () => {
  const agenda = createAgenda([due('x', 5, { after: true })])
  expect(items(agenda.takeAfter(5, 0))).toEqual(['x'])
  const later = createAgenda([due('x', 5, { after: true })])
  expect(later.hasAfter(6, 0)).toBe(false)
  expect(later.take(6, 0, [])).toEqual([{ ...due('x', 5, { after: true }), late: true }])
})

test('the end of a step comes after everything else in it: other entries and its own call keep it open', () => {
  const agenda = createAgenda([due('end', 5, { end: true, call: 1 }), due('first', 5, { event: 'val_end' })])
  expect(items(agenda.remaining())).toEqual(['first', 'end'])
  expect(agenda.endAt(5, 1)).toBe('open')
  expect(items(agenda.take(5, 1, ['val_end']))).toEqual(['first'])
  expect([agenda.endAt(5, 0), agenda.endAt(4, 1)]).toEqual(['none', 'none'])
  expect(items(agenda.takeEnd(5, 0))).toEqual([])
  expect([agenda.endAt(5, 1), agenda.endAt(5, 2)]).toEqual(['due', 'due'])
  expect(items(agenda.takeEnd(5, 1))).toEqual(['end'])
  expect(agenda.endAt(5, 1)).toBe('none')
})

test('an end without a call is due at the first call, or at the next step if it was missed', () => {
  const agenda = createAgenda([due('end', 5, { end: true })])
  expect([agenda.endAt(5, 0), items(agenda.take(5, 9, []))]).toEqual(['due', []])
  expect(agenda.take(6, 0, [])).toEqual([{ ...due('end', 5, { end: true }), late: true }])
})

test('entries in other steps do not keep the end of a step open, or make it due', () => {
  const agenda = createAgenda([
    due('later', 7),
    due('end', 5, { end: true, call: 0 }),
    due('far end', 6, { end: true }),
  ])
  expect([agenda.endAt(4, 0), agenda.endAt(5, 0)]).toEqual(['none', 'due'])
  expect(items(agenda.takeEnd(5, 0))).toEqual(['end'])
  expect([agenda.endAt(5, 0), items(agenda.remaining())]).toEqual(['none', ['far end', 'later']])
  expect(createAgenda<string>().endAt(5, 0)).toBe('none')
})

test('an entry after the events is found behind other waiting entries in its step', () => {
  const agenda = createAgenda([due('wait', 5, { event: 'val_end' }), due('after', 5, { call: 1, after: true })])
  expect([agenda.hasAfter(5, 1), items(agenda.takeAfter(5, 1))]).toEqual([true, ['after']])
  expect([items(agenda.remaining()), agenda.nextStep, agenda.size]).toEqual([['wait'], 5, 1])
  expect(createAgenda([due('later', 6, { after: true })]).hasAfter(5, 9)).toBe(false)
})

test('an entry with both `end` and `after` counts as the end of its step', () => {
  const agenda = createAgenda([due('both', 5, { end: true, after: true, call: 0 })])
  expect([agenda.hasAfter(5, 0), items(agenda.takeAfter(5, 0)), agenda.endAt(5, 0)]).toEqual([false, [], 'due'])
})

test('`nextStep` is correct after every change', () => {
  const agenda = createAgenda([due('c', 3), due('b', 2, { event: 'val_end' })])
  expect(agenda.nextStep).toBe(2)
  agenda.add(due('a', 1))
  expect(agenda.nextStep).toBe(1)
  expect([items(agenda.take(2, 0, [])), agenda.nextStep]).toEqual([['a'], 2])
  expect([items(agenda.take(2, 0, ['val_end'])), agenda.nextStep]).toEqual([['b'], 3])
  expect([items(agenda.remove(() => true)), agenda.nextStep, agenda.size]).toEqual([['c'], Number.POSITIVE_INFINITY, 0])
})

test('an entry that is added after thousands were taken is sorted into its place', () => {
  const agenda = createAgenda(Array.from({ length: 4000 }, (_, i) => due(`${i}`, i)))
  for (let step = 0; step < 3000; step++) agenda.take(step, 0, [])
  agenda.add(due('early', 5))
  agenda.add(due('between', 3500))
  expect([agenda.nextStep, agenda.size]).toEqual([5, 1002])
  expect(items(agenda.take(3000, 0, []))).toEqual(['early', '3000'])
  expect(items(agenda.remaining()).slice(499, 502)).toEqual(['3500', 'between', '3501'])
  expect(items(agenda.remove((item) => item === '3999'))).toEqual(['3999'])
})

test('an entry is late only if its step has passed, and a call that has passed is not late', () => {
  const agenda = createAgenda([due('a', 1), due('b', 2, { call: 0 }), due('c', 2, { event: 'x' }), due('d', 3)])
  const late = (step: number, call: number, events: readonly string[] = []) =>
    agenda.take(step, call, events).map((one) => [one.item, one.late])
  expect(late(2, 4)).toEqual([
    ['a', true],
    ['b', false],
  ])
  expect(late(3, 0)).toEqual([
    ['c', true],
    ['d', false],
  ])
})
