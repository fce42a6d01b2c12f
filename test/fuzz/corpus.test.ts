import { expect, test } from 'vitest'
import { corpusOf } from './corpus.ts'
import { tryInput } from './reader.ts'
import { READERS } from './readers.ts'

test.each(READERS.map((reader) => [reader.name, reader] as const))(
  '%s reads its valid inputs, and those that the fuzzer has kept, without a failure',
  async (name, reader) => {
    const seeds = reader.seeds.map((text) => Buffer.from(text))
    expect(seeds.length).toBeGreaterThan(0)
    for (const input of seeds) await tryInput(reader, input)
    for (const { name: file, input } of corpusOf(name)) {
      await tryInput(reader, input).catch((error: unknown) => {
        throw new Error(`${file}`, { cause: error })
      })
    }
  },
)
