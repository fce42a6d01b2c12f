import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import { expect, test } from 'vitest'
import { formats } from './formats.ts'

const folder = new URL('../schemas/', import.meta.url)

// `pnpm --filter @hotcb/protocol schemas` writes the files anew.
for (const { name, title, schema } of formats) {
  test(`schemas/${name}.json says what the schema says`, async () => {
    // What JSON Schema cannot say (finite, one of two keys) is left out of it; the readers say it.
    const ignoreActions = ['check', 'finite', 'readonly', 'transform']
    const { $schema, ...rest } = toJsonSchema(schema, { typeMode: 'ignore', errorMode: 'ignore', ignoreActions })
    const whole = { $schema, $id: `urn:hotcb:1:${name}`, title, ...rest }
    // Compact: they travel with every kernel that is installed.
    await expect(`${JSON.stringify(whole)}\n`).toMatchFileSnapshot(fileURLToPath(new URL(`${name}.json`, folder)))
  })
}

test('there is no schema of a format that is gone', () => {
  expect(readdirSync(folder).sort()).toEqual(formats.map(({ name }) => `${name}.json`).sort())
})
