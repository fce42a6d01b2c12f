import { describe, expect, test } from 'vitest'
import { MAX_DEPTH, TOO_DEEP, yamlProblem } from '../src/index.ts'
import { parseYaml } from '../src/yaml.ts'

const problem = (text: string) => {
  const read = parseYaml(text)
  return read.ok ? read : yamlProblem('f.yaml', read)
}

test.each(['', '\n\n  \n', '# nothing yet\n', '\ufeff', '\ufeff# nothing\r\n \t\r\n', '---\n', '--- # nothing\n...\n'])(
  '%j is null',
  (text) => expect(parseYaml(text)).toEqual({ ok: true, value: null }),
)

test('a byte order mark at the start is skipped', () => {
  expect(parseYaml('\ufeffa: 1\n')).toEqual({ ok: true, value: { a: 1 } })
})

test('merge keys work as in PyYAML', () => {
  expect(parseYaml('base: &b { lr: 1, wd: 2 }\nopt:\n  <<: *b\n  lr: 3\n')).toEqual({
    ok: true,
    value: { base: { lr: 1, wd: 2 }, opt: { lr: 3, wd: 2 } },
  })
})

test('inherited keys of objects are ordinary keys', () => {
  const read = parseYaml('__proto__: { a: 1 }\ntoString: 2\n')
  expect(read.ok && Object.entries(Object(read.value))).toEqual([
    ['__proto__', { a: 1 }],
    ['toString', 2],
  ])
})

test('malformed text is refused in one line, with its position', () => {
  expect(problem('a: 1\nb: [\n')).toMatch(/^f\.yaml:3: \S[^\n]*$/)
  expect(problem('a: 1\na: 2\n')).toBe('f.yaml:2: a mapping contains the same key twice')
  expect(problem('a: 1\n---\nb: 2\n')).toBe('f.yaml: expected one document, but there are more')
  expect(problem('a: !!binary aGk=\n')).toMatch(/^f\.yaml:1: unknown scalar tag/)
  expect(problem(`a: *${'n'.repeat(5000)}\n`)).toHaveLength('f.yaml:1: '.length + 300)
  expect(problem('a: \u001b[31m\n')).toMatch(/^f\.yaml:1: [^\p{Cc}]+$/u)
})

describe('the depth limit', () => {
  const flow = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const block = (depth: number) => Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:\n`).join('')

  test('a hundred levels are read in every style, one more is refused', () => {
    for (const text of [flow(MAX_DEPTH), block(MAX_DEPTH), `${'- '.repeat(MAX_DEPTH)}a`]) {
      expect(parseYaml(text).ok).toBe(true)
    }
    for (const depth of [MAX_DEPTH + 1, 4500, 50_000]) {
      expect(problem(flow(depth))).toMatch(new RegExp(`^f\\.yaml(:1)?: ${TOO_DEEP}$`))
      expect(problem(`${'- '.repeat(depth)}a`)).toMatch(new RegExp(`^f\\.yaml(:1)?: ${TOO_DEEP}$`))
    }
    expect(problem(block(MAX_DEPTH + 1))).toBe(`f.yaml: ${TOO_DEEP}`)
  })

  test('aliases count with their expanded value', () => {
    const step = (i: number) => `a${i}: &a${i} ${'['.repeat(60)}*a${i - 1}${']'.repeat(60)}\n`
    expect(problem(`a0: &a0 x\n${step(1)}`)).toMatchObject({ ok: true })
    expect(problem(`a0: &a0 x\n${step(1)}${step(2)}`)).toBe(`f.yaml: ${TOO_DEEP}`)
    expect(problem('a: &a [*a]\n')).toBe(`f.yaml: ${TOO_DEEP}`)
    expect(problem('a: &a { x: *a, y: *a }\n')).toBe(`f.yaml: ${TOO_DEEP}`)
  })
})

test('a few lines whose aliases expand to billions of values are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 10; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  expect(problem(lines.join('\n'))).toBe('f.yaml: its aliases repeat more than 1000000 characters')
  const long = `a: &a ${'x'.repeat(10_000)}\nb: [${Array(200).fill('*a').join(', ')}]\n`
  expect(problem(long)).toBe('f.yaml: its aliases repeat more than 1000000 characters')
})

test('a long document without aliases is read, up to 16 Mi characters', () => {
  const text = `[${'1,'.repeat(400_000)}1]`
  const read = parseYaml(text)
  expect(read.ok && Array.isArray(read.value) && read.value.length).toBe(400_001)
  expect(problem(`#${' '.repeat(16 * 1024 * 1024)}`)).toBe(
    'f.yaml: the text is too long: 16777217 characters; the limit is 16 Mi',
  )
})
