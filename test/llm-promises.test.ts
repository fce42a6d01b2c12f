import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

test('every promise of the guide about the language model names a test that exists', () => {
  const text = readFileSync(join(ROOT, 'docs/llm.md'), 'utf8')
  const section = text.slice(text.indexOf('## What it can never do'))
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| it can never'))
  const promises = rows.map((row) => /(?:``(.+?)``|`([^`]+)`) in `([^`]+)`[^|]*\|$/.exec(row))
  expect(promises.length).toBeGreaterThan(10)
  for (const [i, found] of promises.entries()) {
    const [, quoted, plain = '', file = ''] = found ?? []
    const title = quoted ?? plain
    expect(file, rows[i]).not.toBe('')
    expect(readFileSync(join(ROOT, file), 'utf8'), rows[i]).toContain(title)
  }
})
