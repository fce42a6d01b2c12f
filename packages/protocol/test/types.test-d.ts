// Checked by `npm run types`; nothing here runs.
import { expectTypeOf, test } from 'vitest'
import type { Command } from '../src/index.ts'
import { type OptionKeys, ok, parseJson, type Result, refused, requireSync } from '../src/index.ts'
import { CommandSchema, readBySchema } from '../src/schemas.ts'

test('a result has a value or a reason, and only after `ok` is checked', () => {
  const result: Result<number> = Math.PI > 3 ? ok(3) : refused('no number')
  if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>()
  else expectTypeOf(result.reason).toEqualTypeOf<string>()
  // @ts-expect-error the value of a result that was not checked
  result.value
})

test('parsed JSON is unknown until a reader has checked it', () => {
  const parsed = parseJson('{}')
  if (parsed.ok) expectTypeOf(parsed.value).toBeUnknown()
})

test('a schema returns the type that its reader returns', () => {
  const read = readBySchema(CommandSchema, {})
  if (read.ok) expectTypeOf(read.value).toExtend<Command>()
})

test('requireSync returns the type that it was given', () => {
  expectTypeOf(requireSync(3, 'its getter')).toEqualTypeOf<number>()
})

test('a table of option names must name each option of its type', () => {
  interface Options {
    readonly every?: number
    readonly path: string
  }
  expectTypeOf<keyof OptionKeys<Options>>().toEqualTypeOf<'every' | 'path'>()
})
