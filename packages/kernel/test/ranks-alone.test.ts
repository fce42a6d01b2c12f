import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createKernel, KernelError } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

test('a port that throws stops the commands but not the training', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const broken = {
    rank: 0,
    worldSize: 2,
    broadcast: () => {
      throw new Error('the network is gone')
    },
    allGather: () => [],
  }
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  const kernel = openKernel(dir, { state, lookMs: 0, collective: broken })
  for (let step = 0; step < 5; step++) kernel.apply({ step })
  kernel.close()
  expect(answers(dir)).toEqual([])
  expect(optimizer.paramGroups[0]?.lr).toBe(0.1)
  expect(ledger(dir).filter((line) => line.op === 'collective').length).toBe(1)
})

test('a rank above 0 without a collective is refused, and does not change the directory', () => {
  const dir = runDir()
  openKernel(dir, { rank: 0 }).close()
  const before = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  expect(() => openKernel(dir, { rank: 1 })).toThrow(
    new KernelError(
      'rank-without-collective',
      `rank 1 needs a \`collective\`: otherwise it would take \`${dir}\` from rank 0`,
    ),
  )
  expect(readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')).toBe(before)
})

test('a rank above 0 creates nothing in the directory, even before rank 0 has opened it', () => {
  const dir = runDir()
  const end = '{"kind":"end","next":null,"paused":false,"stop":false,"rewound":null}'
  const collective = { rank: 1, worldSize: 2, broadcast: () => end, allGather: () => [] }
  const { state } = toyTrainer()
  const kernel = openKernel(dir, { rank: 1, collective, state })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(readdirSync(dir)).toEqual([])
})

test('a rank above 0 accepts only its own collective, and its modules cannot submit', () => {
  const said: string[] = []
  const kernel = createKernel({
    collective: {
      rank: 1,
      worldSize: 2,
      broadcast: () => '{"kind":"end","next":null,"paused":false,"stop":false,"rewound":null}',
      allGather: () => [],
    },
    modules: [{ name: 'm', onEvent: (_event, _env, context) => context.submit({ module: 'opt', op: 'set_params' }) }],
    log: (message) => said.push(message),
  })
  kernel.apply({ step: 0 }, ['train_step_end'])
  kernel.close()
  expect(said).toEqual(['rank 1 may not submit: only rank 0 submits opt set_params'])
})
