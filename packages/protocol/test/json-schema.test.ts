import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import { expect, test } from 'vitest'
import { formats } from './formats.ts'

const folder = new URL('../schemas/', import.meta.url)

// `pnpm --filter @hotcb/protocol schemas` rewrites the files.
for (const { name, title, schema } of formats) {
  test(`schemas/${name}.json matches the schema`, async () => {
    // Rules that JSON Schema cannot express (finite, one of two keys) are left out; the readers check them.
    const ignoreActions = ['check', 'finite', 'readonly', 'transform']
    const { $schema, ...rest } = toJsonSchema(schema, { typeMode: 'ignore', errorMode: 'ignore', ignoreActions })
    const whole = { $schema, $id: `urn:hotcb:1:${name}`, title, ...rest }
    // Compact, because every installed kernel includes them.
    await expect(`${JSON.stringify(whole)}\n`).toMatchFileSnapshot(fileURLToPath(new URL(`${name}.json`, folder)))
  })
}

test('there is no schema of a removed format', () => {
  expect(readdirSync(folder).sort()).toEqual(formats.map(({ name }) => `${name}.json`).sort())
})
