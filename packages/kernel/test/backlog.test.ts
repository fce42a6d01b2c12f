import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, runDir, toyTrainer } from './run-dir.ts'

test('commands queued for the first steps are on time, however long the backlog ahead of them', () => {
  const dir = runDir()
  const set = { module: 'opt', op: 'set_params', params: { momentum: 0.5 } }
  const lines = Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ cid: `now-${i}`, ...set }))
  const later = Array.from({ length: 300 }, (_, i) => JSON.stringify({ cid: `at-${i}`, ...set, at: { step: i % 3 } }))
  command(dir, `${[...lines, ...later, ...later.slice(0, 2)].join('\n')}\n`)
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'at-first', ...set, at: { step: 0 } })
  for (let step = 0; answers(dir).length < 20_303; step++) kernel.apply({ step })
  kernel.close()
  const timed = answers(dir).filter((line) => line.cid?.startsWith('at-'))
  expect(timed.length).toBe(303)
  const late = timed.filter((line) => line.notes === 'late' || line.step !== stepOfCid(line.cid))
  // The last two are the same commands again.
  expect(late.map((line) => [line.cid, line.decision])).toEqual([
    ['at-0', 'skipped_noop'],
    ['at-1', 'skipped_noop'],
  ])
})

function stepOfCid(cid: string | null): number {
  return cid === 'at-first' ? 0 : Number(cid?.slice(3)) % 3
}
