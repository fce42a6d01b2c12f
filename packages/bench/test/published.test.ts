import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createArms, formatCsv, formatMarkdown, formatSvg, type Summary } from '../src/index.ts'

const DOCS = join(import.meta.dirname, '../../../docs')
const read = (name: string): string => readFileSync(join(DOCS, name), 'utf8')

test('the published table of the bench is what the program prints, and the page quotes it', () => {
  const summary: Summary = JSON.parse(read('control-bench/report.json'))
  const report = formatMarkdown(summary, createArms())
  expect(read('control-bench/report.md')).toBe(report)
  expect(read('control-bench/report.csv')).toBe(formatCsv(summary.comparisons))
  expect(read('control-bench/report.svg')).toBe(formatSvg(summary))
  const [, quoted = ''] = /<!-- results: [^>]*-->\n([\s\S]*?)<!-- \/results -->/.exec(read('control-bench.md')) ?? []
  const losses = /## Where an arm lost[\s\S]*?(?=\n## SGD)/.exec(report)?.[0] ?? 'none'
  expect(quoted.trim()).toBe(losses.trim())
  expect(Math.min(...summary.comparisons.map(({ seeds }) => seeds))).toBeGreaterThanOrEqual(20)
})
