import { expect, test } from 'vitest'
import { format, type Node, type Program, parse } from '../src/index.ts'
import { drawExpression, drawFrom } from './expressions.ts'

function read(text: string): Program {
  const program = parse(text, { dialect: 'sweep' })
  if (!program.ok) throw new Error(`${text}: ${program.problem.message}`)
  return program.value
}

/** A tree without places. */
function shape(node: Node): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value) => {
      if (key === 'start' || key === 'end') return undefined
      return Object.is(value, -0) ? '-0' : value
    }),
  )
}

test('a formatted expression is parsed as the same expression', () => {
  const draw = drawFrom(7)
  const drawn = Array.from({ length: 1500 }, () => parse(drawExpression(draw), { dialect: 'sweep' }))
  const programs = drawn.flatMap((one) => (one.ok ? [one.value] : []))
  expect(programs.length).toBeGreaterThan(1000)
  for (const program of programs) {
    const text = format(program)
    const again = read(text)
    expect([text, shape(again.root)]).toEqual([text, shape(program.root)])
    expect(format(again)).toBe(text)
  }
})
