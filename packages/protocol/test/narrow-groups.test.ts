import { expect, test } from 'vitest'
import { type JsonObject, narrowGroups, nearest } from '../src/index.ts'

const GROUPS = { names: ['body', 'head', 'body', ''], places: [0, 2, 4, 6] }
const narrow = (narrowing: JsonObject): unknown => {
  const result = narrowGroups(GROUPS, narrowing, 'lr', 'params.')
  return result.ok ? result.value : result.reason
}

test('groups are named by name or place, and listed once, ascending', () => {
  expect(narrow({})).toBeNull()
  expect(narrow({ group: 'body' })).toEqual([0, 2])
  expect(narrow({ groups: ['6', 'head', 2] })).toEqual([1, 3])
  expect(narrow({ group: 'head', groups: ['body'] })).toEqual([0, 1, 2])
})

test('a name that is not a group, and an empty list, are refused', () => {
  expect(narrow({ groups: [] })).toBe('`params.groups` must name at least one, got none')
  expect(narrow({ group: 'tail' })).toBe('`params.group` must be one of body, head, body, 6 for `lr`, got "tail"')
  expect(narrow({ group: '' })).toMatch(/got ""$/)
  expect(narrow({ group: true })).toMatch(/got true$/)
  expect(narrow({ group: 1 })).toMatch(/got 1$/)
  expect(narrow({ group: '6x' })).toMatch(/got "6x"$/)
})

test('a group that is named like a number is found by its name first', () => {
  const result = narrowGroups({ names: ['1', 'x'], places: [0, 1] }, { group: 1 }, 'lr')
  expect(result).toEqual({ ok: true, value: [0] })
})

test('equally near words are sorted alphabetically', () => {
  expect(nearest('lr_x', ['lr_b', 'lr_a', 'lr_c'])).toEqual(['lr_a', 'lr_b', 'lr_c'])
  expect(nearest('lr_x', ['lr_b', 'lr_a', 'lr_c'], 1)).toEqual(['lr_a'])
  expect(nearest('momemtum', ['weight_decay', 'momentum'])).toEqual(['momentum'])
  expect(nearest('abc', ['xyz'])).toEqual([])
})
