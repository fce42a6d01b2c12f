import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readScalar } from '../src/config/scalar.ts'
import { toJson } from '../src/value.ts'

interface Recorded {
  readonly scalar: string
  readonly type: string
  readonly value: unknown
}

// Recorded readings by PyYAML.
const RECORDED: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('fixtures/pyyaml-scalars.json', import.meta.url), 'utf8'),
)

const NAMES: Readonly<Record<string, string>> = { none: 'NoneType' }

function read(text: string): unknown {
  const reading = readScalar({ kind: 'scalar', text, isPlain: true, place: { line: 1, column: 1 } })
  if (!reading.ok) return 'refused'
  return { type: NAMES[reading.value.type] ?? reading.value.type, value: toJson(reading.value) }
}

/** Intended differences from PyYAML: numbers have their usual meaning, and ambiguous scalars are refused. */
const OTHERWISE: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    ['007', '010', '08', '0o10', '1:30', '1:30:00', '01:00:00', '04:00:00', '12:00:00', '00:10', '23:59:59.5'].map(
      (text) => [text, 'refused'],
    ),
  ),
  ...Object.fromEntries(
    ['.inf', '-.inf', '+.inf', '.Inf', '.INF', '.nan', '.NaN', '.NAN'].map((text) => [text, 'refused']),
  ),
  ...Object.fromEntries(
    ['-.5', '1e3', '1E3', '1e-3', '1.0e3', '1.5e10', '1e+3', '1e-05'].map((text) => [
      text,
      { type: 'float', value: Number(text) },
    ]),
  ),
  ...Object.fromEntries(
    ['2026-11-27', '2026-11-27T10:00:00Z', '=', '<<', '-'].map((text) => [text, { type: 'str', value: text }]),
  ),
}

test.each(RECORDED)('`$scalar` is read as in PyYAML, or with its usual meaning', ({ scalar, type, value }) => {
  expect(read(scalar)).toEqual(OTHERWISE[scalar] ?? { type, value })
})

test('quoted text is text, and a number keeps the type in which it is written', () => {
  expect(readScalar({ kind: 'scalar', text: '1e-3', isPlain: false, place: { line: 1, column: 1 } })).toEqual({
    ok: true,
    value: { type: 'str', value: '1e-3' },
  })
  expect([read('1'), read('1.0')]).toEqual([
    { type: 'int', value: 1 },
    { type: 'float', value: 1 },
  ])
})
