import { control } from '@hotcb/protocol/node'
import { expect, test } from 'vitest'
import { jsonTerminal } from '../../src/print/json-terminal.ts'
import { openTerminal } from '../../src/print/terminal.ts'
import { markedTerminal } from '../marked-terminal.ts'

// Tests run without a terminal, because their standard output is a pipe.
test('colours are on if they are forced, and off if they are disabled', () => {
  const colour = (env: Readonly<Record<string, string>>, wanted?: boolean): boolean =>
    openTerminal({ env, ...(wanted !== undefined && { colour: wanted }) }).colour
  expect([
    colour({}),
    colour({ FORCE_COLOR: '1' }),
    colour({ FORCE_COLOR: '0' }),
    colour({ FORCE_COLOR: '' }),
    colour({ FORCE_COLOR: '1', NO_COLOR: '1' }),
    colour({ FORCE_COLOR: '1', NO_COLOR: '' }),
    colour({ FORCE_COLOR: '1', TERM: 'dumb' }),
    colour({ FORCE_COLOR: '1' }, false),
    colour({ FORCE_COLOR: '1' }, true),
  ]).toEqual([false, true, false, false, false, true, true, false, true])
  const { bold, dim, red, green, yellow, cyan } = openTerminal({ env: { FORCE_COLOR: '1' } })
  const style = (open: number, close: number): string => `${control(`[${open}m`)}x${control(`[${close}m`)}`
  expect([bold, dim, red, green, yellow, cyan].map((paint) => paint('x'))).toEqual([
    ...[style(1, 22), style(2, 22), style(31, 39), style(32, 39), style(33, 39), style(36, 39)],
  ])
  expect([bold(''), openTerminal({ env: {} }).bold('x')]).toEqual(['', 'x'])
})

test('symbols need a locale and a terminal that support them', () => {
  const unicode = (env: Readonly<Record<string, string>>): boolean => openTerminal({ env }).unicode
  expect([
    unicode({}),
    unicode({ TERM: 'linux' }),
    unicode({ LANG: 'C' }),
    unicode({ LANG: 'POSIX' }),
    unicode({ LANG: 'C.UTF-8' }),
    unicode({ LC_ALL: 'C', LANG: 'C.UTF-8' }),
    unicode({ LC_CTYPE: 'C', LANG: 'C.UTF-8' }),
    unicode({ LC_ALL: 'C.UTF-8', LC_CTYPE: 'C' }),
    unicode({ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }),
    unicode({ LANG: 'de_DE.POSIX' }),
  ]).toEqual([true, false, false, false, true, false, false, true, true, true])
  expect(openTerminal({ env: {} }).columns()).toBeGreaterThan(0)
})

test('with --json, text for people is a note on standard error, without styles', () => {
  const under = markedTerminal()
  const terminal = jsonTerminal(under)
  terminal.out('one')
  terminal.err('two')
  terminal.json({ a: 1 })
  expect(under.printed).toEqual({ out: '{"a":1}\n', err: '{"note":"one"}\n{"note":"two"}\n' })
  const { bold, dim, red, green, yellow, cyan, colour } = terminal
  expect([bold, dim, red, green, yellow, cyan].map((paint) => paint('x')).join('')).toBe('xxxxxx')
  expect(colour).toBe(false)
})
