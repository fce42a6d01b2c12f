import { control } from '@hotcb/protocol/node'
import { expect, test } from 'vitest'
import { showFigure, showNumber } from '../../src/print/figures.ts'
import { describeOrigin } from '../../src/print/origin-text.ts'
import { progressBar } from '../../src/print/progress-bar.ts'
import { alignColumns, cutStartTo, cutTo, padTo, visibleWidth } from '../../src/print/table.ts'
import { describeSilence } from '../../src/print/trainer-silence.ts'
import { markedTerminal } from '../marked-terminal.ts'

test('values have at most six digits, even in lists and objects', () => {
  const values = [
    0.1 + 0.2,
    1 / 3,
    1234567,
    1234567.891,
    'text',
    '',
    true,
    null,
    undefined,
    [1 / 3, null],
    { a: 1 / 3, b: [2 / 3] },
  ]
  expect(values.map((one) => showFigure(one as never))).toEqual([
    ...['0.3', '0.333333', '1234567', '1234570', 'text', '""', 'true', 'null', '?', '[0.333333,null]'],
    '{"a":0.333333,"b":[0.666667]}',
  ])
})

test('numbers have five digits, and an exponent if they are large or small', () => {
  const values = [
    null,
    0,
    7,
    -7,
    9_999_999,
    1e7,
    -1e7,
    1.5e7,
    0.1 + 0.2,
    1 / 3,
    0.001,
    0.000999,
    -0.000999,
    1e-5,
    9999999.5,
    1.23456e-9,
    1e300,
  ]
  expect(values.map(showNumber)).toEqual([
    ...['nan', '0', '7', '-7', '9999999', '1e+7', '-1e+7', '1.5e+7', '0.3', '0.33333', '0.001', '9.99e-4', '-9.99e-4'],
    ...['1e-5', '10000000', '1.235e-9', '1e+300'],
  ])
})

test('columns are as wide as their widest cell; colours take no space, and wide characters take two columns', () => {
  const red = `${control('[31m')}ab${control('[39m')}`
  expect(alignColumns([['a', 'b', 'c'], ['aaa', '', 'x'], ['漢', 'y'], []])).toEqual([
    'a    b  c',
    'aaa     x',
    '漢   y',
    '',
  ])
  expect(
    alignColumns([
      [red, 'x'],
      ['a', 'y'],
    ]),
  ).toEqual([`${red}  x`, 'a   y'])
  expect([visibleWidth(red), visibleWidth('漢a'), visibleWidth('')]).toEqual([2, 3, 0])
  expect([padTo('a', 3), padTo('abc', 2), padTo(red, 3)]).toEqual(['a  ', 'abc', `${red} `])
})

test('a text that is too wide is truncated at its end, or at its start', () => {
  const red = `${control('[31m')}abcd${control('[39m')}`
  expect([cutTo('abcd', 4), cutTo('abcd', 3), cutTo('abcd', 1), cutTo('abcd', 0), cutTo('abcd', 3, false)]).toEqual([
    ...['abcd', 'ab…', '…', '', 'ab.'],
  ])
  expect(cutTo(red, 4)).toBe(red)
  expect(cutTo(red, 3)).toBe(`${control('[31m')}ab…${control('[0m')}`)
  expect([cutTo('漢字漢', 5), cutTo('漢字漢', 4), cutTo('a漢字', 3)]).toEqual(['漢字…', '漢…', 'a…'])
  expect([cutStartTo('abcd', 4), cutStartTo('abcd', 3), cutStartTo('abcd', 3, false), cutStartTo('abcd', 1)]).toEqual([
    ...['abcd', '…cd', '.cd', '…'],
  ])
  expect([cutStartTo('漢字漢', 5), cutStartTo('漢字漢', 4), cutStartTo('', 0)]).toEqual(['…字漢', '…漢', ''])
})

test('a bar fills the space left by its text, up to 40 columns', () => {
  const terminal = markedTerminal()
  expect([
    progressBar(0.5, ' x', 12, terminal),
    progressBar(0, ' x', 6, terminal),
    progressBar(1, ' x', 6, markedTerminal({ unicode: false })),
    progressBar(0.25, ' x', 6, markedTerminal({ unicode: false })),
    progressBar(1, ' x', 2, terminal),
    progressBar(1, ' long', 2, terminal),
  ]).toEqual([
    '<green>█████</green><dim>░░░░░</dim> x',
    '<dim>░░░░</dim> x',
    '<green>####</green> x',
    '<green>#</green><dim>...</dim> x',
    ' x',
    ' long',
  ])
  expect(progressBar(1, '', 100, terminal)).toBe(`<green>${'█'.repeat(40)}</green>`)
})

test('the description of the origin of a run contains the known fields', () => {
  const git = { commit: '0123456789', branch: null, is_dirty: false, remote: null }
  const origin = { command: null, cwd: '/w', host: null, git: null, env: {} }
  expect([
    describeOrigin(origin, markedTerminal()),
    describeOrigin({ ...origin, git }, markedTerminal()),
    describeOrigin(
      { ...origin, git: { ...git, branch: 'main', is_dirty: true }, host: 'h', command: ['a', 'b c'] },
      markedTerminal(),
    ),
  ]).toEqual(['', 'git 01234567', "git 01234567 on main, with uncommitted changes, host h<dim>  a 'b c'</dim>"])
  expect([describeSilence(null, null), describeSilence(null, 5), describeSilence('it is gone', 5)]).toEqual([
    'no sign of life for 0 ms',
    'no sign of life for 5 s',
    'no sign of life: it is gone',
  ])
})
