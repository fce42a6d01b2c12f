import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { headlineOf, messageOf, namedMessageOf, requireSync, show, traceOf } from '../src/index.ts'

const trap = (): never => {
  throw new Error('trapped')
}
const hostile = new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap })

describe('the text of anything thrown', () => {
  const cases: readonly (readonly [what: string, thrown: unknown, message: string, named: string])[] = [
    ['an error', new TypeError('bad'), 'bad', 'TypeError: bad'],
    ['an error without a message', new RangeError(''), 'RangeError', 'RangeError'],
    ['an error of another realm', runInNewContext('new TypeError("far")'), 'far', 'TypeError: far'],
    ['text', 'no', 'no', 'no'],
    ['a number', 7, '7', '7'],
    ['nothing', undefined, 'undefined', 'undefined'],
    ['a plain object', { code: 1 }, '{"code":1}', '{"code":1}'],
    ['an object without text', Object.create(null), '{}', '{}'],
    [
      'a proxy that throws when it is read',
      hostile,
      'a thrown value that has no text',
      'a thrown value that has no text',
    ],
    ['several lines', new Error('a\r\n   b\n'), 'a b ', 'Error: a b '],
  ]
  for (const [what, thrown, message, named] of cases) {
    test(what, () => expect([messageOf(thrown), namedMessageOf(thrown)]).toEqual([message, named]))
  }

  test('the headline is the first non-empty line', () => {
    expect(headlineOf(new Error('\n bad mapping\n 1 | a: b: c\n-----------^'))).toBe('bad mapping')
    expect(headlineOf(new TypeError(''))).toBe('TypeError')
    expect(headlineOf(hostile)).toBe('a thrown value that has no text')
  })

  test('its length is limited, so that it fits into a ledger line', () => {
    expect(messageOf(new Error('x'.repeat(9999)))).toHaveLength(2000)
    const long = new Error('x')
    long.stack = 'y'.repeat(99_999)
    expect(traceOf(long)).toHaveLength(20_000)
  })

  test('no value makes it throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (thrown) => {
        expect(typeof messageOf(thrown)).toBe('string')
        expect(typeof namedMessageOf(thrown)).toBe('string')
        expect(typeof show(thrown)).toBe('string')
      }),
    )
    expect([traceOf(hostile), traceOf('no')]).toEqual([null, null])
  })
})

test('a quotation never throws, whatever it quotes', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  expect([show(hostile), show(1n), show(Symbol('s'))]).toEqual(['an object without text', '1', 'Symbol(s)'])
  expect(show(cycle)).toBe('')
  let deep: unknown = 0
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expect(show(deep)).toBe('an object without text')
})

test('a synchronous result is returned; a promise is refused, and its rejection is ignored', async () => {
  expect([requireSync(3, 'it'), requireSync(undefined, 'it'), requireSync(null, 'it')]).toEqual([3, undefined, null])
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  expect(() => requireSync(Promise.reject(new Error('later')), 'the setter')).toThrow(
    new TypeError('the setter returned a promise: it must be synchronous'),
  )
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
})
