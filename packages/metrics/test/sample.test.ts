import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampleTable } from '../src/node/history/sample.ts'
import { Source } from '../src/node/history/source.ts'
import { temporaryDirectory } from './directory.ts'

test('a sample reads positions all over the file, including its first and last line, and fewer if it may read less', () => {
  const path = join(temporaryDirectory(), 'hotcb.metrics.jsonl')
  writeFileSync(path, lines(200_000))
  const source = new Source(path)
  const { size } = statSync(path)
  const [all, few, least] = [undefined, 1_600_000, 0].map((bytes) => sampleTable(source, size, bytes))
  for (const table of [all, few, least]) {
    expect(table?.range).toMatchObject({ first: 0, last: 199_999 })
    expect(largestGap(table?.steps.data.subarray(0, table.steps.length) ?? [])).toBeLessThan(200_000 / 40)
  }
  const counts = [all, few, least].map((table) => table?.steps.length ?? 0)
  expect(counts[0]).toBeGreaterThan(2 * (counts[1] ?? 0))
  expect(counts[1]).toBeGreaterThan(1.5 * (counts[2] ?? 0))
  source.close()
})

function lines(count: number): string {
  return Array.from(
    { length: count },
    (_, step) => `{"step":${step},"wall_time":${step}.5,"metrics":{"loss":${step}}}\n`,
  ).join('')
}

function largestGap(steps: ArrayLike<number>): number {
  let gap = 0
  for (let at = 1; at < steps.length; at++) gap = Math.max(gap, (steps[at] ?? 0) - (steps[at - 1] ?? 0))
  return gap
}
