import { expect, test } from 'vitest'
import { formatColumn, parseColumn, parseTableSorting } from '../src/shared/table/column.ts'
import { type Filterable, parseFilter, satisfies } from '../src/shared/table/filter.ts'

const RUN: Filterable = {
  texts: ['sweep/trial-1', 'two words'],
  field: (name) => (name === 'tag' ? ['good'] : name === 'status' ? ['running'] : []),
  is: (label) => label === 'star',
  value(name, stat) {
    if (name === 'lr') return 0.01
    if (name === 'augment') return 'flip'
    return name === 'val/loss' ? (stat === 'min' ? 0.1 : 0.5) : null
  },
}

test.each([
  ['trial', true],
  ['TRIAL status:run', true],
  ['tag:good is:star', true],
  ['not:tag:good', false],
  ['not:is:pin', true],
  ['lr>=0.01 lr<0.02', true],
  ['lr=1e-2', true],
  ['lr!=0.01', false],
  ['augment=flip', true],
  ['augment>1', false],
  ['val/loss>0.2', true],
  ['val/loss.min<0.2', true],
  ['missing<1', false],
  ['not:missing<1', true],
  ['"two words"', true],
  ['"words two"', false],
  ['lr>', false],
])('the filter %s finds the run: %s', (text, isFound) => {
  expect(satisfies(RUN, parseFilter(text))).toBe(isFound)
})

test('a column has one text form', () => {
  for (const text of ['status', 'p:lr', 'p:a:b', 'm:val:loss:best', 'm:x:last']) {
    const column = parseColumn(text)
    expect(column === undefined ? undefined : formatColumn(column)).toBe(text)
  }
  for (const text of ['', 'toString', 'p:', 'm:x', 'm::last', 'm:x:median']) expect(parseColumn(text)).toBe(undefined)
  expect(parseTableSorting('-m:a:min')).toEqual({
    column: { kind: 'metric', name: 'a', stat: 'min' },
    isDescending: true,
  })
  expect(parseTableSorting('nothing')).toEqual({ column: { kind: 'field', name: 'updated' }, isDescending: true })
})
