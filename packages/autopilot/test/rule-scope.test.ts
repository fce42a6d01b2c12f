import type { Scope } from '@hotcb/expr'
import { expect, test } from 'vitest'
import { type EngineInput, readRuleFile } from '../src/index.ts'
import { scopeOf } from '../src/rule-scope.ts'
import { createWatch, type Watch } from '../src/watch.ts'
import { control } from './support.ts'

function watchOf(): Watch {
  const read = readRuleFile('{version: 2, rules: [{id: r, when: loss > accuracy, action: {do: notify}}]}')
  return createWatch(read.ok ? read.value.rules : [], null)
}

const SEEN: EngineInput = {
  ...{ step: 5, epoch: null, metrics: {}, lines: [], isFrozen: false, isPaused: false, total: 20 },
  controls: () => [control('lr', 0.1), control('name', 0, { current: 'sgd' }), control('none', 0, { current: null })],
}
const scope = (watch: Watch, more: Partial<EngineInput> = {}, isOfStep = false): Required<Scope> =>
  scopeOf(watch, { ...SEEN, ...more }, { isOfStep }) as Required<Scope>

/** A series, and its last values as a list. */
function series(watch: Watch, name: string, last: number, more: Partial<EngineInput> = {}): unknown {
  const { window, ...rest } = scope(watch, more).series(name) ?? {}
  return [rest, Array.from(window?.(last) ?? [])]
}

test('a metric has its last finite value, with the reported sign', () => {
  const watch = watchOf()
  expect([scope(watch).value('loss'), scope(watch).value('other')]).toEqual([undefined, undefined])
  watch.take(4, { loss: 2, accuracy: 0.75 })
  expect([scope(watch).value('loss'), scope(watch).value('accuracy')]).toEqual([2, 0.75])
  expect([scope(watch, {}, true).value('loss'), scope(watch, { step: 4 }, true).value('loss')]).toEqual([undefined, 2])
  watch.take(5, { loss: null })
  expect([scope(watch).value('loss'), scope(watch).value('accuracy')]).toEqual([undefined, 0.75])
  watch.take(6, { loss: 3 })
  expect(scope(watch).value('loss')).toBe(3)
})

test('a series has its first and its last value, its count, its age and its values', () => {
  const watch = watchOf()
  watch.take(0, { loss: null })
  expect(series(watch, 'loss', 3)).toEqual([{ last: undefined, first: undefined, count: 0, age: undefined }, []])
  for (let step = 1; step <= 4; step++) watch.take(step, { loss: step, accuracy: step / 4 })
  expect(series(watch, 'loss', 3)).toEqual([{ last: 4, first: 1, count: 4, age: 1 }, [2, 3, 4]])
  expect(series(watch, 'accuracy', 2, { step: 14 })).toEqual([{ last: 1, first: 0.25, count: 4, age: 10 }, [0.75, 1]])
  expect(scope(watch).series('other')).toBeUndefined()
})

test('a control has its value, unless that is a list or null', () => {
  const { control: value } = scope(watchOf())
  expect([value('lr'), value('name'), value('none'), value('zzz')]).toEqual([0.1, 'sgd', undefined, undefined])
})

test('the fraction of the run is from 0 to 1, if its length is known', () => {
  const frac = (step: number, total: number | null): unknown => scope(watchOf(), { step, total }).frac
  expect([frac(5, 20), frac(30, 20), frac(-1, 20), frac(5, null), frac(5, 0)]).toEqual([
    0.25,
    1,
    0,
    undefined,
    undefined,
  ])
  expect(scope(watchOf(), { step: 7 }).step).toBe(7)
})
