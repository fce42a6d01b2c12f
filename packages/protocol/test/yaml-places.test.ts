import { expect, test } from 'vitest'
import { yamlPlaces } from '../src/yaml.ts'

const TEXT = `name: demo
parameters:
  lr:
    type: continous
    values: [1, "a b",
      3]
slurm: {partition: gpu, tme: 1}
`

test('each key and each value has its line and column', () => {
  const places = yamlPlaces(TEXT)
  expect(places(['parameters', 'lr', 'type'], 'key')).toEqual({ line: 4, column: 5 })
  expect(places(['parameters', 'lr', 'type'])).toEqual({ line: 4, column: 11 })
  expect(places(['parameters', 'lr', 'values', 0])).toEqual({ line: 5, column: 14 })
  expect(places(['parameters', 'lr', 'values', 2])).toEqual({ line: 6, column: 7 })
  expect(places(['slurm', 'tme'], 'key')).toEqual({ line: 7, column: 25 })
})

test('a value that is not in the text has the place of the value around it', () => {
  const places = yamlPlaces(TEXT)
  expect(places(['slurm', 'time'])).toEqual({ line: 7, column: 8 })
  expect(places(['slurm', 'time'], 'key')).toEqual({ line: 7, column: 1 })
  expect(places(['absent'])).toEqual({ line: 1, column: 1 })
})

test('the place of an alias is where it is written, and its target keeps its own place', () => {
  const places = yamlPlaces('a: &x {b: 1}\nc: *x\nd: 2\n')
  expect(places(['c'])).toEqual({ line: 2, column: 4 })
  expect(places(['c', 'b'])).toEqual({ line: 2, column: 4 })
  expect(places(['d'])).toEqual({ line: 3, column: 4 })
})

test('lists in lists, CRLF and keys with dots are distinguished', () => {
  const places = yamlPlaces('- [1, [2]]\r\n- a.b: 1\r\n  a: {b: 2}\r\n')
  expect(places([0, 1, 0])).toEqual({ line: 1, column: 8 })
  expect(places([1, 'a.b'])).toEqual({ line: 2, column: 8 })
  expect(places([1, 'a', 'b'])).toEqual({ line: 3, column: 10 })
})

test('a text without values, or that is not YAML, has no places and throws nothing', () => {
  for (const text of ['', '# nothing\n', '\ufeff', '}']) expect(yamlPlaces(text)([])).toBeNull()
  expect(yamlPlaces('a: [1,\n')(['a'], 'key')).not.toBeUndefined()
})

test('an empty value is at its key, and in a list where the list begins', () => {
  const places = yamlPlaces('a: 1\nb:\nc: [{d: , e: 2}]\nf:\n  - \n  - ~\n')
  expect([places(['b']), places(['c', 0, 'd']), places(['f', 0]), places(['f', 1])]).toEqual([
    { line: 2, column: 1 },
    { line: 3, column: 6 },
    { line: 5, column: 3 },
    { line: 6, column: 5 },
  ])
})
