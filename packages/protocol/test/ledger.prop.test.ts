import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DECISIONS, formatLedgerLine, type LedgerLine, parseJson, readLedgerLine } from '../src/index.ts'
import { LEDGER_KEYS } from '../src/ledger.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('main', '"', '\\', '\u2028', '\0', ''),
)
const count = fc.nat()
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const object = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'p')) as NonNullable<LedgerLine['params']>)
const line: fc.Arbitrary<LedgerLine> = fc.record({
  seq: count,
  step: fc.option(count),
  epoch: fc.option(finite),
  event: fc.option(text),
  phase: fc.option(text),
  module: text,
  op: text,
  id: text,
  source: text,
  decision: fc.constantFrom(...DECISIONS),
  params: fc.option(object),
  payload: fc.option(object),
  error: fc.option(text),
  traceback: fc.option(text),
  notes: fc.option(text),
  wall_time: finite,
  cid: fc.option(text),
  writer: fc.option(text),
  offset: fc.option(count),
  author: fc.option(text),
  call: fc.option(count),
  old: fc.option(object),
  of: fc.option(count),
  reverts: fc.option(count),
  attempt: fc.option(count),
  ranks: fc.option(fc.array(count)),
})

test('a ledger line is one line of JSON, with keys in the order of the wire format, and reads back unchanged', () => {
  fc.assert(
    fc.property(line, (value) => {
      const written = formatLedgerLine(value)
      expect(written.indexOf('\n')).toBe(written.length - 1)
      const parsed = parseJson(written)
      expect(parsed.ok && Object.keys(parsed.value as object)).toEqual(LEDGER_KEYS)
      // -0 is written as 0.
      expect(parsed.ok && readLedgerLine(parsed.value)).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) })
    }),
  )
})

test('non-finite numbers of a ledger line become null, never invalid JSON', () => {
  const nowhere = { ...fc.sample(line, { numRuns: 1, seed: 1 })[0], epoch: Number.NaN, params: { lr: Number.NaN } }
  expect(JSON.parse(formatLedgerLine(nowhere as LedgerLine))).toMatchObject({ epoch: null, params: { lr: null } })
})
