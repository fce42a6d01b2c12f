import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { runProgram } from './child.ts'
import { answers, ledger, runDir, toyTrainer } from './run-dir.ts'

test('ten processes that append a thousand commands each get ten thousand decisions, one per cid', async () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state })
  let running = 10
  const writers = Array.from({ length: 10 }, async (_, i) => {
    const { code } = await runProgram('writer.mjs', [dir, `w${i}`, '1000'])
    running--
    return code
  })
  let step = 0
  while (running > 0) {
    for (let i = 0; i < 50; i++) kernel.apply({ step: step++ }, ['train_step_end'])
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const until = performance.now() + 300_000
  while (kernel.seq < 10_001 && performance.now() < until) kernel.apply({ step: step++ })
  kernel.close()
  expect(await Promise.all(writers)).toEqual(Array.from({ length: 10 }, () => 0))
  const lines = answers(dir)
  expect(lines.length).toBe(10_000)
  expect(new Set(lines.map((line) => line.cid)).size).toBe(10_000)
  expect(lines.every((line) => line.decision === 'applied')).toBe(true)
  expect(ledger(dir).map((line) => line.seq)).toEqual(Array.from({ length: 10_001 }, (_, i) => i + 1))
})

// Only Linux can lift a limit on the size of files from outside.
const isLiftable = spawnSync('prlimit', ['--version']).status === 0

test('a full disk degrades the kernel, which reports why once, and nothing is taken or lost until there is space again', async () => {
  expect(isLiftable || process.platform !== 'linux').toBe(true)
  if (!isLiftable) return
  const dir = runDir()
  const limited = ['sh', '-c', 'ulimit -S -f 16; exec "$@"', 'sh']
  const { stdout, stderr, code } = await runProgram('full-disk.ts', [dir], limited)
  expect([code, stderr]).toEqual([0, ''])
  const { said, after, takenWhileFull, momentum, logged } = JSON.parse(stdout)
  const full = said.indexOf(true)
  expect(full).toBeGreaterThan(5)
  expect(said.slice(full).every(Boolean)).toBe(true)
  expect(after).toEqual([false, false])
  expect(takenWhileFull).toBe(full / 100)
  expect(momentum).toBe(0.39)
  expect(logged.filter((line: string) => line.includes('the ledger can') || line.startsWith('degraded'))).toEqual([
    expect.stringMatching(/^degraded: no more changes are accepted: cannot append to `.*`: .* \((EFBIG|ENOSPC)\)$/),
    'the ledger can be written again: changes are accepted',
  ])
  expect(answers(dir).map((line) => line.cid)).toEqual(Array.from({ length: 40 }, (_, i) => `c${i}`))
})

test('a check that finds nothing costs only one fstat each for ledger, commands and freeze', async () => {
  const { stdout, stderr, code } = await runProgram('count-calls.ts', [runDir()])
  expect([code, stderr]).toEqual([0, ''])
  const { looks, fstatSync, readSync, openSync = 0, writeSync } = JSON.parse(stdout)
  expect({ fstats: fstatSync / looks, readSync, openSync, writeSync }).toEqual({
    fstats: 3,
    readSync: 0,
    openSync: 0,
    writeSync: 0,
  })
})
