import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isAnswer } from '../src/answers/answer.ts'
import { type JsonSchema, jsonSchemaOf } from '../src/answers/json-schema.ts'
import { answerOf } from '../src/answers/table.ts'
import { commandNames } from '../src/commands/look/schema.ts'

const FILE = fileURLToPath(new URL('fixtures/json-versions.json', import.meta.url))

type Keys = Readonly<Record<string, string>>

/** Returns each key of a schema with its path and type, and `?` if it may be absent. Allowed words are not included. */
function keysOf(schema: JsonSchema, path: string, isOptional = false): readonly (readonly [string, string])[] {
  const { properties, required = [], items, anyOf = [], additionalProperties } = schema
  const own = `${typeOf(schema)}${isOptional ? '?' : ''}`
  return [
    [path, own] as const,
    ...Object.entries(properties ?? {}).flatMap(([key, one]) => keysOf(one, `${path}.${key}`, !required.includes(key))),
    ...(items === undefined ? [] : keysOf(items, `${path}[]`)),
    ...anyOf.flatMap((one) => (one.type === 'null' ? [] : keysOf(one, path, isOptional).slice(1))),
    ...(typeof additionalProperties === 'object' ? keysOf(additionalProperties, `${path}{}`) : []),
  ]
}

function typeOf({ type, enum: words, anyOf }: JsonSchema): string {
  if (words !== undefined) return 'string'
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].sort().join('|')
  return type ?? 'any'
}

function answersNow(): Readonly<Record<string, Keys>> {
  const entries = commandNames().flatMap((name) => {
    const answer = answerOf(name)
    if (!isAnswer(answer)) return []
    return answer.documents.map(({ when, shape }) => {
      const keys = Object.fromEntries(keysOf(jsonSchemaOf(shape), ''))
      return [`${name} ${answer.version}${when === '' ? '' : `: ${when}`}`, keys] as const
    })
  })
  return Object.fromEntries(entries)
}

test('within a version no key of an answer is removed, becomes optional or changes its type', () => {
  const now = answersNow()
  const before: Readonly<Record<string, Keys>> = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}
  const current = new Map(Object.entries(now))
  const versions = new Set(Object.keys(now).map((name) => name.split(':')[0]))
  const broken = Object.entries(before).flatMap(([name, keys]) => {
    // An older version is no longer printed.
    if (!versions.has(name.split(':')[0])) return []
    return Object.entries(keys).flatMap(([path, type]) =>
      current.get(name)?.[path] === type ? [] : [`${name} ${path}: ${type}, now ${current.get(name)?.[path]}`],
    )
  })
  // To fix this, increase the version of the answer, or keep the key.
  expect(broken).toEqual([])
  const added = Object.entries(now).filter(([name, keys]) => JSON.stringify(before[name]) !== JSON.stringify(keys))
  if (process.env['UPDATE_JSON_VERSIONS'] === '1') {
    writeFileSync(FILE, `${JSON.stringify({ ...before, ...now }, null, 1)}\n`)
    return
  }
  // Record new keys with `UPDATE_JSON_VERSIONS=1 npx vitest run packages/cli/test/json-versions`.
  expect(added.map(([name]) => name)).toEqual([])
})
