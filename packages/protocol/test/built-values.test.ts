import { expect, test } from 'vitest'
import { isDeeperThan } from '../src/depth.ts'
import { copyJson, formatCommand, MAX_DEPTH, TOO_DEEP } from '../src/index.ts'

function nest(depth: number): unknown {
  let value: unknown = 0
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

function holdsItself(): object {
  const value: Record<string, unknown> = { a: 1 }
  value['b'] = [value, value]
  return value
}

const thrower = { get: () => fail() }
function fail(): never {
  throw Object.create(null)
}

/** Values that a trainer or a callback may pass, and why they cannot be written. */
const UNWRITABLE: readonly (readonly [what: string, value: unknown, reason: string | RegExp])[] = [
  ['a value that contains itself', holdsItself(), 'expected JSON: the value contains itself'],
  ['an object nested 101 deep', nest(MAX_DEPTH + 1), TOO_DEEP],
  ['an object nested 100,000 deep', nest(100_000), `expected JSON: ${TOO_DEEP}`],
  ['a BigInt', { a: 1n }, /BigInt/],
  ['undefined', undefined, 'expected JSON, got a value of type undefined'],
  ['a function', () => 1, 'expected JSON, got a value of type function'],
  ['a symbol', Symbol('s'), 'expected JSON, got a value of type symbol'],
  ['NaN', { a: [1, Number.NaN] }, '`a.1` must be a finite number, got NaN or an infinity'],
  ['a toJSON that throws', { toJSON: fail }, /^expected JSON: /],
  ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: fail }), /^expected JSON: /],
  ['a proxy that throws', new Proxy({}, { ownKeys: fail }), /^expected JSON: /],
  ['a proxy that is revoked', revoked(), /^expected JSON: /],
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, thrower)
  revoke()
  return proxy
}

test.each(UNWRITABLE)('%s is not JSON, and the reason is one line', (_what, value, reason) => {
  const expected = typeof reason === 'string' ? reason : expect.stringMatching(reason)
  const copy = copyJson(value)
  expect(copy).toEqual({ ok: false, reason: expected })
  expect(copy.ok ? '' : copy.reason).not.toMatch(/\p{Cc}/u)
})

test('a JSON value is copied, so later changes of the original do not affect it', () => {
  const value = { a: [1, { b: null }], when: new Date(0), left: undefined }
  const copy = copyJson(value)
  value.a.push(2)
  expect(copy).toEqual({ ok: true, value: { a: [1, { b: null }], when: '1970-01-01T00:00:00.000Z' } })
  expect(copyJson([Number.NaN], { nonFinite: 'null' })).toEqual({ ok: true, value: [null] })
  expect(copyJson(nest(5), { levels: 5 }).ok).toBe(true)
  expect(copyJson(nest(5), { levels: 4 })).toEqual({ ok: false, reason: TOO_DEEP })
})

test('the depth check of a value that contains itself terminates', () => {
  expect(isDeeperThan(holdsItself(), MAX_DEPTH)).toBe(true)
  expect(isDeeperThan(nest(3), 3)).toBe(false)
})

test('a command that is nested too deep is not written', () => {
  const params = { a: nest(MAX_DEPTH) } as never
  expect(() => formatCommand({ op: 'set_params', params })).toThrow(new RangeError(TOO_DEEP))
  expect(() => formatCommand({ op: 'set_params', params: holdsItself() as never })).toThrow(new RangeError(TOO_DEEP))
})
