import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { isObject, parseJson } from '../src/index.ts'
import { type Format, formats } from './formats.ts'

// A hand-written reader, for speed and good messages, has an equivalent valibot schema. For golden lines with one field
// after another dropped, or replaced by anything, both must agree on whether to accept it and on the result.
describe('reader and schema agree', () => {
  for (const format of formats.filter(({ hasReader }) => hasReader !== false)) {
    const golden = goldenValues(format)
    test(`on ${format.title}, whatever a field contains`, () => {
      expect(golden.length).toBeGreaterThan(0)
      fc.assert(
        fc.property(
          fc.constantFrom(...golden).chain((line) => mutants(line)),
          (value) => {
            expectAgreement(format, value)
          },
        ),
        { numRuns: 400 },
      )
    })

    test(`on ${format.title}, at the bounds of every field of every golden line`, () => {
      for (const line of golden) {
        for (const path of placesOf(line)) {
          for (const bound of boundsOf(valueAt(line, path))) {
            expectAgreement(format, withValue(line, path, bound))
          }
        }
      }
    })
  }
})

function expectAgreement(format: Format, value: unknown): void {
  const read = format.read(value)
  const parsed = v.safeParse(format.schema, value)
  // The ledger's reader also accepts older and shorter lines; its schema describes what we write.
  if (!parsed.success && format.name === 'ledger-line') return
  if (parsed.success !== read.ok) {
    const said = read.ok ? parsed.issues?.map(({ message }) => message).join('; ') : read.reason
    expect.fail(`the ${read.ok ? 'schema' : 'reader'} alone refuses ${JSON.stringify(value)}: ${said}`)
  }
  if (read.ok) expect(known(parsed.output)).toEqual(known(read.value))
}

// Both sides of every bound that a field of the protocol has.
const BOUNDS: readonly unknown[] = [
  { prototype: 0 }, { constructor: 0 }, JSON.parse('{"__proto__":0}'), { prototype: {} }, JSON.parse('{"__proto__":{}}'),
  undefined, null, true, false, '', ' ', 'x', [], [0], [0, 1], [0, 1, 2], [null], [''], {}, { a: 0 }, { a: null }, { step: 0 },
  -2, -1.5, -1, -0.5, -0, 0, 0.5, 1, 1.5, 2, 1e21, 2 ** 31, 2 ** 32, 2 ** 52 - 1, 2 ** 52, 2 ** 52 + 1, 2 ** 53 - 1, 2 ** 53,
  1 - 2 ** 53, -(2 ** 53), Number.MIN_VALUE, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY,
] // biome-ignore format: shows the tested values at a glance

function boundsOf(value: unknown): readonly unknown[] {
  if (typeof value === 'number') return [...BOUNDS, value - 1, value + 1, String(value), -value]
  if (typeof value === 'string') return [...BOUNDS, value.toUpperCase(), `${value} `, value.slice(1)]
  return BOUNDS
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value)
}

const odd = fc.oneof(
  fc.constantFrom(null, '', 'off', 'text', 0, -1, 1.5, 3, true, false, {}, [], ['a'], [1, 2], { step: 3 }, { a: 1 }),
  fc.constantFrom(Number.POSITIVE_INFINITY, 2 ** 60),
  fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text.replaceAll('__proto__', 'p'))),
)

function mutants(value: unknown): fc.Arbitrary<unknown> {
  const places = placesOf(value)
  if (places.length === 0) return odd
  const one = fc.constantFrom(...places).chain((path) =>
    fc.oneof(
      odd.map((other) => withValue(value, path, other)),
      fc.constant(withValue(value, path, undefined)),
    ),
  )
  return fc.oneof(
    { weight: 8, arbitrary: one },
    { weight: 1, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: odd },
  )
}

function placesOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...placesOf(inner).map((path) => [key, ...path])])
}

function withValue(value: unknown, [key = '', ...rest]: readonly string[], other: unknown): unknown {
  if (Array.isArray(value)) {
    const copy = [...value]
    const next = rest.length === 0 ? other : withValue(copy[Number(key)], rest, other)
    if (next === undefined) copy.splice(Number(key), 1)
    else copy[Number(key)] = next
    return copy
  }
  if (!isObject(value)) return value
  const { [key]: inner, ...others } = value
  const next = rest.length === 0 ? other : withValue(inner, rest, other)
  return next === undefined ? others : { ...others, [key]: next }
}

// `at`, `target` and similar fields are passed on with unused keys; those are not compared.
function known(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      const keys = READ_KEYS.get(key)
      if (keys === undefined || !isObject(inner)) return inner
      return Object.fromEntries(keys.filter((name) => name in inner).map((name) => [name, inner[name]]))
    }) ?? 'null',
  )
}

const READ_KEYS = new Map([
  ['at', ['step', 'event', 'call']],
  ['expires', ['step', 'ts']],
  ['target', ['kind', 'path', 'symbol']],
])

function goldenValues({ golden }: Format): readonly unknown[] {
  return ['hotcb2', 'ours'].flatMap((folder) => {
    const file = new URL(`./fixtures/${folder}/${golden}`, import.meta.url)
    if (!existsSync(file)) return []
    const texts = readFileSync(file, 'utf8').split('\n')
    return texts.flatMap((text) => {
      const parsed = parseJson(text)
      return text !== '' && parsed.ok ? [parsed.value] : []
    })
  })
}
