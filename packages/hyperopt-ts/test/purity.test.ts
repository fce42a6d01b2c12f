import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('nothing in the package uses operations that engines round differently', () => {
  const directory = new URL('../src/', import.meta.url)
  const guilty = readdirSync(directory).filter((name) => {
    if (!name.endsWith('.ts')) return false
    const code = readFileSync(new URL(name, directory), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    return /Math\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|tanh|sinh|cosh|cbrt|hypot|atan2?)\b|\*\* (?!40\b|20\b|-53\b)/.test(
      code,
    )
  })
  expect(guilty).toEqual([])
})
