import { describe, expect, test } from 'vitest'
import { readConditions, readPairs, splitCommas } from '../src/index.ts'

describe('conditions are parsed as typed', () => {
  test.each<[Parameters<typeof readConditions>[0], object]>([
    [{}, {}],
    [{ at: 'step=500' }, { at: { step: 500 } }],
    [{ at: '500' }, { at: { step: 500 } }],
    [{ at: 'step=0, event=val_end' }, { at: { step: 0, event: 'val_end' } }],
    [{ expires: 'step=900' }, { expires: { step: 900 } }],
    [{ expires: '900' }, { expires: { step: 900 } }],
    [{ expires: 'ts=1790000000.5' }, { expires: { ts: 1_790_000_000.5 } }],
    [{ expires: 'step=9,ts=17' }, { expires: { step: 9, ts: 17 } }],
    [{ expect: 'lr=0.01' }, { expect: { lr: 0.01 } }],
    [{ expect: 'betas=[0.9,0.99],lr=1e-4' }, { expect: { betas: [0.9, 0.99], lr: 0.0001 } }],
  ])('%j', (flags, conditions) => {
    expect(readConditions(flags)).toEqual(conditions)
  })
})

describe('invalid conditions are reported', () => {
  test.each<[Parameters<typeof readConditions>[0], string]>([
    [{ at: 'soon' }, 'expected `key=value`, got "soon"'],
    [{ at: 'step=-1' }, '`--at` must be step=N[,event=NAME], N a whole number >= 0, got "step=-1"'],
    [{ at: 'event=val_end' }, '`--at` must be step=N[,event=NAME], N a whole number >= 0, got "event=val_end"'],
    [{ at: 'step=1,epoch=2' }, '`--at` accepts step and event, got `epoch`'],
    [{ at: 'step=1,event=2' }, '`event` must be a name, got 2'],
    [{ expires: 'step=x' }, '`--expires` must be step=N or ts=EPOCH_SECONDS, got "step=x"'],
    [{ expires: 'in=3' }, '`--expires` accepts step and ts, got `in`'],
    [{ expect: '' }, '`--expect` must be KEY=VALUE, got ""'],
    [{ expect: 'lr=x0.5' }, '`lr`: expected a value, got x0.5: only a new value may be relative'],
    [{ expect: 'lr=+0.1' }, '`lr`: expected a value, got +0.1'],
    [{ expect: 'lr=1,lr=2' }, '`lr` is given twice: 1 and 2'],
  ])('%j', (flags, message) => {
    expect(() => readConditions(flags)).toThrow(message)
  })
})

test('commas in brackets and quotes do not separate pairs', () => {
  expect(splitCommas('a=[1,{"b":",]"}],c="x,\\",y", d=2,,')).toEqual(['a=[1,{"b":",]"}]', 'c="x,\\",y"', 'd=2'])
})

test('a key with the name of an inherited property is an ordinary key', () => {
  const params = readPairs(['__proto__=1', 'constructor=2'])
  expect(Object.entries(params)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ])
})
