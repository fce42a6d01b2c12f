import { expect, test } from 'vitest'
import { readYamlTree, type YamlNode } from '../src/yaml.ts'

function plain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.text
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plain(value)]))
}

function treeOf(text: string): unknown {
  const tree = readYamlTree(text)
  return tree.ok && tree.value !== null ? plain(tree.value) : tree
}

test('scalars stay as they are written, so that the caller can decide on their types', () => {
  expect(treeOf('a: 1e-3\nb: "010"\nc: [yes, ~]\n')).toEqual({ a: '1e-3', b: '010', c: ['yes', '~'] })
})

test('every key and value has its place, an empty value that of its key', () => {
  const tree = readYamlTree('a: 1\nb:\n  c: "x"\n  d:\n')
  const inner = tree.ok && tree.value?.kind === 'map' ? tree.value.entries[1]?.value : undefined
  expect(inner?.kind === 'map' && inner.entries.map(({ key, value }) => [key.place, value.place])).toEqual([
    [
      { line: 3, column: 3 },
      { line: 3, column: 6 },
    ],
    [
      { line: 4, column: 3 },
      { line: 4, column: 3 },
    ],
  ])
})

test('aliases are followed, and `<<` merges without replacing own keys', () => {
  expect(treeOf('a: &x {b: 1, c: 2}\nd: *x\ne: {<<: *x, b: 3}\n')).toEqual({
    a: { b: '1', c: '2' },
    d: { b: '1', c: '2' },
    e: { b: '3', c: '2' },
  })
})

test.each([
  ['a: 1\na: 2\n', 'the key `a` appears twice: it is also on line 1', 2, 1],
  ['a: !!int 3\n', 'the tag `!!int` is not supported; write the value without it', 1, 4],
  ['a: *n\n', 'the alias `*n` has no anchor before it', 1, 5],
  ['? [a]\n: 1\n', 'a key must be text, not a list or a mapping', 1, 3],
  ['a: {<<: 1}\n', '`<<` must be a mapping, or a list of mappings', 1, 5],
  ['a: 1\n---\nb: 1\n', 'expected one document, but there are more', 4, 1],
])('%j is refused with its place', (text, reason, line, column) => {
  expect(readYamlTree(text)).toEqual({ ok: false, reason, place: { line, column } })
})

test('aliases that repeat themselves a million times are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `l${at + 1}: &l${at + 1} [${'*l'.concat(String(at), ', ').repeat(8)}]`,
  )
  const tree = readYamlTree(`l0: &l0 [a, b]\n${levels.join('\n')}\n`)
  expect(tree.ok ? '' : tree.reason).toBe('its aliases repeat too much')
})
