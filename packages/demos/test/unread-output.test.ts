import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { document, metrics, temporaryDir } from './run-support.ts'

test('a training run continues to its end when nobody reads its output', async () => {
  const dir = join(temporaryDir(), 'run')
  const script = fileURLToPath(new URL('./fixtures/run-demo.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify({ dir, maxSteps: 120, stepDelaySeconds: 0.005 })])
  let told = ''
  child.stderr.on('data', (bytes) => {
    told += bytes
  })
  child.stdout.destroy()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(told).toBe('hotcb: standard output is lost (EPIPE: broken pipe, write): the training continues without it\n')
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ max_steps: 120, stopped_early: false })
  expect(metrics(dir)).toHaveLength(120)
})
