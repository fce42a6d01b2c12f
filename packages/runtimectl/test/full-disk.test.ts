import { spawnSync } from 'node:child_process'
import { readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openControls } from '../src/node.ts'
import { runProgram, usePrograms } from './program.ts'
import { acksOf, temporaryFolder } from './queue.ts'

usePrograms('full-disk')

// Only on Linux can another process lift the file size limit.
const isLiftable = spawnSync('prlimit', ['--version']).status === 0

test('a full disk stops the queue with one line, a checkpoint contains the applied commands, and nothing is lost', async () => {
  expect(isLiftable || process.platform !== 'linux').toBe(true)
  if (!isLiftable) return
  const dir = temporaryFolder()
  const limited = ['sh', '-c', 'ulimit -S -f 8; exec "$@"', 'sh']
  const { out, err, code } = await runProgram('full-disk', [dir], limited)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const { said, seen, counts, takenWhileFull, held } = JSON.parse(out)
  const full = counts.indexOf(0)
  expect(full).toBeGreaterThan(20)
  expect(counts).toEqual([...Array(full).fill(1), ...Array(60 - full).fill(0)])
  expect(takenWhileFull).toBe(full)
  expect(said).toEqual([
    `cannot append to \`${join(dir, 'acks.jsonl')}\`: the file would be larger than allowed (EFBIG); no more commands are accepted until the acks are written`,
  ])
  const all = Array.from({ length: 60 }, (_, n) => n)
  expect(seen).toEqual(all)
  expect(acksOf(dir).map(({ id }) => id)).toEqual(all.map((n) => `c${n}`))

  // The result is the same if the trainer is killed while the disk is full and restarted from its checkpoint.
  const acks = readFileSync(join(dir, 'acks.jsonl'), 'utf8')
  truncateSync(join(dir, 'acks.jsonl'), held.acks)
  const again: number[] = []
  const controls = openControls({
    budgetMs: Number.POSITIVE_INFINITY,
    log: (message) => void said.push(message),
  })
  controls.register('x', (_ctx, value) => void again.push(Number(value)))
  controls.restore(held)
  controls.configure(dir)
  for (let i = 0; i < 3; i++) controls.pollAndApply({ every: 0 })
  expect(again).toEqual(all.slice(full))
  const ids = readFileSync(join(dir, 'acks.jsonl'), 'utf8').match(/"id": "c\d+".*\}$/gm)
  expect(ids?.length).toBe(acks.trimEnd().split('\n').length)
})
