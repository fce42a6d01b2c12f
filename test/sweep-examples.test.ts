import { cpSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'
import { ROOT, run } from './tarballs.ts'

const temporary = mkdtempSync(join(tmpdir(), 'hotcb-sweep-'))
afterAll(() => removeDirectory(temporary))

test('sweep-digits trains its trials, and its results are those of the kernel and of log_result', () => {
  const dir = join(temporary, 'sweep-digits')
  const from = join(ROOT, 'examples/sweep-digits')
  for (const name of ['hyperherd.yaml', 'launch.sh', 'train.js', 'package.json'])
    cpSync(join(from, name), join(dir, name))
  symlinkSync(join(from, 'node_modules'), join(dir, 'node_modules'))
  const herd = (...words: readonly string[]): string => run('node', [join(ROOT, 'apps/cli/bin/herd.js'), ...words], dir)
  herd('run', '--watch', '-p', 'lr=0.03')
  const { trials } = JSON.parse(herd('res', '--json'))
  expect(trials.slice(2)).toMatchObject([
    { index: 2, metrics: { val_accuracy: expect.any(Number), steps: expect.any(Number) } },
    { index: 3, metrics: { val_loss: expect.any(Number) } },
  ])
  expect(trials[3].metrics.val_accuracy).toBeGreaterThan(0.9)
  const steps = herd('res', '--steps').split('\n')
  expect(steps.filter((row) => row.startsWith('3\t43\tval_loss\t'))).toHaveLength(1)
  // Its kernel answers, and its ledger is part of the log.
  expect(herd('log', '3')).toContain('attempt 1 begins (applied)')
})
