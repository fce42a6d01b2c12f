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

test('entries of one step come in their original order, however the steps are mixed', () => {
  const agenda = createAgenda([due('d', 4), due('a', 1), due('b', 1)])
  agenda.add(due('e', 4))
  agenda.add(due('c', 1))
  agenda.add(due('f', 4))
  expect([agenda.nextStep, items(agenda.take(1, 0, []))]).toEqual([1, ['a', 'b', 'c']])
  expect([agenda.nextStep, items(agenda.take(4, 0, []))]).toEqual([4, ['d', 'e', 'f']])
  expect([agenda.nextStep, agenda.size]).toEqual([Number.POSITIVE_INFINITY, 0])
})

test('an entry whose call of the step was skipped is due at the next call, and on time', () => {
  const agenda = createAgenda([due('a', 3, { call: 1 })])
  expect(agenda.take(3, 0, [])).toEqual([])
  expect(agenda.take(3, 2, [])).toEqual([{ ...due('a', 3, { call: 1 }), late: false }])
})

test('a taken entry is neither removed, nor remaining, nor taken again', () => {
  const agenda = createAgenda([due('a', 1), due('b', 2, { event: 'val_end' }), due('c', 2), due('d', 3)])
  expect(items(agenda.take(1, 0, []))).toEqual(['a'])
  expect(items(agenda.take(2, 0, []))).toEqual(['c'])
  expect(items(agenda.remaining())).toEqual(['b', 'd'])
  expect(items(agenda.remove((item) => item !== 'd'))).toEqual(['b'])
  expect(items(agenda.take(9, 0, []))).toEqual(['d'])
})

test('each of thousands of entries, taken a few at a time, comes once and in order', () => {
  const all = Array.from({ length: 5000 }, (_, i) => due(`${i}`, Math.floor(i / 3)))
  const agenda = createAgenda(all)
  const taken: string[] = []
  for (let step = 0; agenda.size > 0; step++) taken.push(...items(agenda.take(step, 0, [])))
  expect(taken).toEqual(items(all))
})
