import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hotcb, temporaryDirectory } from './hotcb.ts'

test('metrics are written to standard output as text only', async () => {
  const dir = temporaryDirectory()
  const values = [0, 1, 2].map((step) => ({ step, metrics: { loss: 1 / 2 ** step, 'val/acc': step } }))
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), values.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const words = ['--dir', dir, 'export', 'metrics', '--out', '-']
  // A byte order mark at the start of the file is ignored.
  const path = join(dir, 'hotcb.metrics.jsonl')
  writeFileSync(path, `\ufeff${readFileSync(path, 'utf8')}`)
  expect(await hotcb(words)).toEqual({
    code: 0,
    out: 'step,epoch,wall_time,loss,val/acc\n0,,,1,0\n1,,,0.5,1\n2,,,0.25,2\n',
    err: '',
  })
  const { out } = await hotcb([...words, '--format', 'jsonl'])
  expect(JSON.parse(out.split('\n')[2] ?? '')).toMatchObject({ step: 2, metrics: { loss: 0.25, 'val/acc': 2 } })
  expect(readdirSync(dir)).toEqual(['hotcb.metrics.jsonl'])
  const parquet = await hotcb([...words, '--format', 'parquet'])
  expect(parquet).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('must be csv or jsonl, got "parquet"'),
  })
})
