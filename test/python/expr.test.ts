import { expect, test } from 'vitest'
import { askPython } from '../../packages/expr/test/ask-python.ts'
import { drawExpression, drawFrom } from '../../packages/expr/test/expressions.ts'
import { agree, ourAnswer } from '../../packages/expr/test/python-answers.ts'

const PYTHON = process.env['HOTCB_PYTHON'] ?? 'python3'
const COUNT = 5000

for (const seed of [1, 2, 3, 4]) {
  test(`${COUNT} expressions evaluate as in CPython, bit for bit (seed ${seed})`, () => {
    const draw = drawFrom(seed)
    const texts = Array.from({ length: COUNT }, () => drawExpression(draw))
    const theirs = askPython(PYTHON, texts)
    const wrong = texts.flatMap((text, i) => {
      const [ours, their] = [ourAnswer(text), theirs[i] ?? {}]
      return agree(ours, their) ? [] : [{ text, ours, their }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
    expect(theirs.filter(({ refused }) => refused === undefined).length).toBeGreaterThan(COUNT / 4)
  })
}
