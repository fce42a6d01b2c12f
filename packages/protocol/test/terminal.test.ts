import { expect, test } from 'vitest'
import { escapeControls, printable, textWidth } from '../src/index.ts'
import { control, terminalText, withoutControls } from '../src/node.ts'

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a colour', '\u001B[31m'],
  ['a title', '\u001B]0;owned\u0007'],
  ['a C1 control sequence', '\u009B2J'],
  ['a bell', '\u0007'],
  ['a backspace', '\b\b\b'],
  ['DEL', '\u007F'],
  ['NUL', '\0'],
  ['a line separator', '\u2028'],
  ['a right-to-left override', '\u202Egpj.exe\u202C'],
  ['an isolate', '\u2066x\u2069'],
  ['half of a pair', '\uD83D'],
]

const OBEYED = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u

test.each(HOSTILE)('%s in data does not reach the terminal, and the text around it does', (_, text) => {
  for (const shown of [printable(`a${text}b`), terminalText(`a${text}b`, 'line'), terminalText(`a${text}b`, 'lines')]) {
    expect(shown).not.toMatch(OBEYED)
    expect(shown).toMatch(/^a.*[\uFFFD ].*b$/)
  }
})

test.each(HOSTILE)('%s in JSON is escaped, and is the same value', (_, text) => {
  const json = escapeControls(JSON.stringify({ [text]: [text] }))
  expect(json).not.toMatch(OBEYED)
  expect(JSON.parse(json)).toEqual({ [text]: [text] })
})

test('our own colours pass, and the same sequence in data does not', () => {
  const line = `${control('[31m')}data \u001B[31m${control('[39m')}`
  expect(terminalText(line, 'line')).toBe('\u001B[31mdata \uFFFD[31m\u001B[39m')
  expect(withoutControls(line)).toBe('data \u001B[31m')
})

test('a line end in data makes no second line, and intended line ends of a block are kept', () => {
  expect(terminalText('a\nb\r\nc', 'line')).toBe('a b  c')
  expect(terminalText('a\nb\tc\r', 'lines')).toBe('a\nb\tc ')
  expect(printable('Error: bad\n    at x.ts:1\tthere')).toBe('Error: bad at x.ts:1 there')
})

test('text that is not a control sequence cannot be marked as one', () => {
  expect(() => control(']0;title')).toThrow('expected a control sequence such as "[31m", got "]0;title"')
})

test.each([
  ['loss', 4],
  ['验证损失', 8],
  ['ｆｕｌｌ', 8],
  ['e\u0301t\u00E9', 3],
  ['한국', 4],
  ['🔥', 2],
  ['👩\u200D🔬', 4],
  ['a\u001Bb', 3],
  ['…→▁█✓', 5],
  ['', 0],
])('%s occupies %i columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns)
})
