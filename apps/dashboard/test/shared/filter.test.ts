import { expect, test } from 'vitest'
import { parseColumn, parseTableSorting } from '../../src/shared/table/column.ts'
import { comparedNames, type Filterable, parseFilter, satisfies } from '../../src/shared/table/filter.ts'

const text = (word: string, isNegated = false) => ({ condition: { kind: 'text', text: word }, isNegated })
const compare = (name: string, op: string, value: string, stat = 'last', isNegated = false) => ({
  condition: { kind: 'compare', name, stat, op, value },
  isNegated,
})
const field = (name: string, word: string, isNegated = false) => ({
  condition: { kind: 'field', field: name, text: word },
  isNegated,
})

test.each<[string, unknown[]]>([
  ['', []],
  ['  ', []],
  ['Digits  TWO', [text('digits'), text('two')]],
  ['"Two Words" x', [text('two words'), text('x')]],
  ['"open end', [text('open end')]],
  ['"" x', [text('x')]],
  ['"status:running"', [text('status:running')]],
  ['not:x', [text('x', true)]],
  ['not:', [text('not:')]],
  ['not:not:x', [text('not:x', true)]],
  ['status:Running', [field('status', 'running')]],
  ['config:A freeze:b seed: tag:c', [field('config', 'a'), field('freeze', 'b'), field('seed', ''), field('tag', 'c')]],
  ['notes:x:Y not:tag:old', [field('notes', 'x:y'), field('tag', 'old', true)]],
  ['xstatus:a unknown:b', [text('xstatus:a'), text('unknown:b')]],
  ...['star', 'pin', 'archived'].map((label): [string, unknown[]] => [
    `is:${label}`,
    [{ condition: { kind: 'is', label }, isNegated: false }],
  ]),
  ['is:stars xis:star is:', [text('is:stars'), text('xis:star'), text('is:')]],
  ['lr<1 lr<=1 lr>1 lr>=1 lr=1 lr!=1', ['<', '<=', '>', '>=', '=', '!='].map((op) => compare('lr', op, '1'))],
  ['a=B=c', [compare('a', '=', 'B=c')]],
  ['loss.min<1', [compare('loss', '<', '1', 'min')]],
  ['loss.max<1 loss.best<1', [compare('loss', '<', '1', 'max'), compare('loss', '<', '1', 'best')]],
  ['a.loss.last<1', [compare('a.loss', '<', '1')]],
  ['opt.lr<1', [compare('opt.lr', '<', '1')]],
  ['.min<1', [compare('.min', '<', '1')]],
  ['min<1', [compare('min', '<', '1')]],
  ['not:lr<1', [compare('lr', '<', '1', 'last', true)]],
  ['lr< <1 =', [text('lr<'), text('<1'), text('=')]],
])('the filter %j has these conditions', (filter, conditions) => {
  expect(parseFilter(filter)).toEqual(conditions)
})

const VALUES: Record<string, string | number | boolean> = { lr: 0.5, kind: 'Adam', on: true, ten: '10' }
const RUN: Filterable = {
  texts: [null, undefined, 'Sweep/Trial-1'],
  field: (name) => (name === 'tag' ? ['Good', 'old'] : []),
  is: (label) => label === 'pin',
  value: (name, stat) => (stat === 'last' ? (VALUES[name] ?? null) : null),
}

test.each<[string, boolean]>([
  ['trial', true],
  ['trials', false],
  ['tag:goo', true],
  ['tag:ood', false],
  ['tag:', true],
  ['seed:', false],
  ['is:pin', true],
  ['is:star', false],
  ['not:is:star', true],
  ['trial is:star', false],
  ['lr<0.5', false],
  ['lr<0.6', true],
  ['lr<=0.5', true],
  ['lr<=0.4', false],
  ['lr>0.5', false],
  ['lr>0.4', true],
  ['lr>=0.5', true],
  ['lr>=0.6', false],
  ['lr=5e-1', true],
  ['lr!=5e-1', false],
  ['lr=0.6', false],
  ['lr!=0.6', true],
  ['lr=x', false],
  ['lr!=x', true],
  ['lr<x', false],
  ['lr>=x', false],
  ['kind=adam', true],
  ['kind!=ADAM', false],
  ['kind=ad', false],
  ['kind!=ad', true],
  ['kind>a', false],
  ['on=TRUE', true],
  ['on=1', false],
  ['ten=10', true],
  ['ten=1e1', false],
  ['ten>5', false],
  ['none=1', false],
  ['none!=1', false],
  ['not:none=1', true],
  ['lr.min<9', false],
])('the filter %s finds the run: %s', (filter, isFound) => {
  expect(satisfies(RUN, parseFilter(filter))).toBe(isFound)
})

test('only comparisons name a metric or a parameter', () => {
  expect(comparedNames(parseFilter('x tag:a lr>1 not:loss.min<2 is:star'))).toEqual([
    compare('lr', '>', '1').condition,
    compare('loss', '<', '2', 'min').condition,
  ])
})

test('the text of a column names a field, a parameter or a metric', () => {
  expect(['p:a', 'p:m:x:min', 'm:x:last', 'm:a:b:max', 'name', 'updated'].map(parseColumn)).toEqual([
    { kind: 'param', name: 'a' },
    { kind: 'param', name: 'm:x:min' },
    { kind: 'metric', name: 'x', stat: 'last' },
    { kind: 'metric', name: 'a:b', stat: 'max' },
    { kind: 'field', name: 'name' },
    { kind: 'field', name: 'updated' },
  ])
  expect(['m:last', 'm:', 'm::min', 'p:', 'x', ''].map(parseColumn)).toEqual(Array.from({ length: 6 }, () => undefined))
})

test('a sorting has a direction, and without a valid one the newest runs come first', () => {
  const step = { kind: 'field', name: 'step' }
  expect(parseTableSorting('step')).toEqual({ column: step, isDescending: false })
  expect(parseTableSorting('-step')).toEqual({ column: step, isDescending: true })
  const newest = { column: { kind: 'field', name: 'updated' }, isDescending: true }
  expect([undefined, null, '', '-', '--step', 'steps'].map(parseTableSorting)).toEqual(
    Array.from({ length: 6 }, () => newest),
  )
})
