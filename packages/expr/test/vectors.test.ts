import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createNames, evaluate, parse, type Scope, type Value } from '../src/index.ts'

interface Vector {
  readonly expr: string
  readonly value?: unknown
  readonly type?: string
  readonly raises?: string
  readonly refused?: string
}

// The recorded results of HyperHerd 1 for these texts.
const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('fixtures/herd-vectors.json', import.meta.url), 'utf8'),
)
const PARAMETERS: Readonly<Record<string, Value>> = {
  lr: { type: 'float', value: 0.01 },
  bs: { type: 'int', value: 32 },
  opt: { type: 'str', value: 'adam' },
  amp: { type: 'bool', value: true },
  wd: { type: 'float', value: 0 },
  none: { type: 'none' },
  '+depth': { type: 'int', value: 4 },
  '++w': { type: 'int', value: 2 },
}
const scope: Scope = { value: (name) => PARAMETERS[name], names: createNames('sweep', Object.keys(PARAMETERS)) }
const CODES: Readonly<Record<string, string>> = { ZeroDivisionError: 'range', TypeError: 'type' }

function outcomeOf(text: string): unknown {
  const program = parse(text, { dialect: 'sweep' })
  if (!program.ok) return { refused: true }
  const given = evaluate(program.value, scope)
  if (!given.ok) return given.problem.code === 'name' ? { refused: true } : { raises: given.problem.code }
  return { value: plain(given.value as Value), type: given.value.type }
}

function plain(value: Value): unknown {
  if ('items' in value) return value.items.map(plain)
  return value.type === 'none' ? null : value.value
}

for (const { expr, value, type, raises, refused } of VECTORS) {
  test(`\`${expr}\` has the same value as in HyperHerd`, () => {
    const wanted =
      refused !== undefined ? { refused: true } : raises !== undefined ? { raises: CODES[raises] } : { value, type }
    expect(outcomeOf(expr)).toEqual(wanted)
  })
}

test('a parameter is found without Hydra’s prefix', () => {
  expect([outcomeOf('depth + 1'), outcomeOf('w')]).toEqual([
    { value: 5, type: 'int' },
    { value: 2, type: 'int' },
  ])
})
