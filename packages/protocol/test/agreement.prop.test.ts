import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { isObject, parseJson } from '../src/index.ts'
import { type Format, formats } from './formats.ts'

// Readers are written by hand, for speed and for what they say; schemas say the same in valibot. Golden lines with one
// field after another dropped, or replaced by anything, must be taken or refused by both, and read as the same.
describe('reader and schema agree', () => {
  // The ledger's reader also takes short foreign lines; its schema says what we write.
  for (const format of formats.filter(({ name }) => name !== 'ledger-line')) {
    test(`on ${format.title}`, () => {
      const golden = goldenValues(format)
      expect(golden.length).toBeGreaterThan(0)
      fc.assert(
        fc.property(fc.constantFrom(...golden).chain(mutants), (value) => {
          const read = format.read(value)
          const parsed = v.safeParse(format.schema, value)
          expect(parsed.success).toBe(read.ok)
          if (read.ok) expect(known(parsed.output)).toEqual(known(read.value))
        }),
        { numRuns: 400 },
      )
    })
  }
})

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

// `at`, `target` and their like are handed on with keys that nobody reads; those are no part of the agreement.
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
