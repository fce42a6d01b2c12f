import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quoteWord, readLine, splitLine } from '../src/index.ts'

const texts = (line: string): readonly string[] => splitLine(line).map(({ text }) => text)

test.each<[string, string[]]>([
  ['', []],
  ['  set   lr=1 ', ['set', 'lr=1']],
  [`a={"k": "v w", "l": [1, 2]}  "b c" d='e f'`, ['a={"k": "v w", "l": [1, 2]}', 'b c', 'd=e f']],
  ['--init layers=[1, 2] --note=x', ['--init', 'layers=[1, 2]', '--note=x']],
  ['--init=layers=[1, 2]', ['--init=layers=[1, 2]']],
  [`a={"k": "}"} b`, ['a={"k": "}"}', 'b']],
  [`a={"k": "\\"}"} b`, ['a={"k": "\\"}"}', 'b']],
  ['a]b c', ['a]b', 'c']],
  ['f(x[0) b', ['f(x[0)', 'b']],
  [`it\\'s "a \\"b\\" c" 'd\\e'`, ["it's", 'a "b" c', 'd\\e']],
  ['C:\\runs\\a b\\ c', ['C:\\runs\\a', 'b c']],
  ['"a \\$b \\`c\\` $d" \'\\$e\'', ['a $b `c` $d', '\\$e']],
  [`"" ''`, ['', '']],
])('`%s` is split into words', (line, words) => {
  expect(texts(line)).toEqual(words)
})

test('an unclosed quote or bracket is an error', () => {
  const facts = { controls: [], modules: undefined, held: [] }
  expect(readLine('set lr=1 --note "a try', [], facts)).toEqual({ ok: false, reason: '`"` is not closed' })
  expect(readLine('set betas=[0.9, 0.99 lr=1', [], facts)).toEqual({ ok: false, reason: '`[` is not closed' })
})

test('every word can be typed', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), (words) => {
      expect(texts(words.map(quoteWord).join(' '))).toEqual(words)
    }),
  )
})
