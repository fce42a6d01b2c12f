import type { JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type Kernel, type KernelOptions } from '../src/index.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

interface Leader {
  readonly run: MemoryRun
  readonly kernel: Kernel
  /** The messages to the other rank. */
  readonly sent: JsonObject[]
  /** Makes the other rank unreachable from now on. */
  lose(): void
  /** Trains these steps, 10 ms each. */
  train(from: number, to: number): void
  readonly saved: string[]
  readonly said: string[]
}

/** Rank 0 of two; the other rank agrees with everything. */
function lead(more: KernelOptions = {}): Leader {
  const run = memoryRun()
  const [sent, saved, said]: [JsonObject[], string[], string[]] = [[], [], []]
  let isLost = false
  const reached = <Value>(value: Value): Value => {
    if (isLost) throw new Error('rank 1 is gone')
    return value
  }
  const kernel = createKernel({
    ...run,
    state: toyTrainer().state,
    checkpoints: { save: ({ tag }) => void saved.push(tag) },
    collective: {
      rank: 0,
      worldSize: 2,
      broadcast(text) {
        sent.push(reached(JSON.parse(text ?? '')))
        return text ?? ''
      },
      allGather: (text) => reached([text, '{"ok":true}']),
    },
    log: (message) => said.push(message),
    ...more,
  })
  return {
    ...{ run, kernel, sent, saved, said },
    lose() {
      isLost = true
    },
    train(from, to) {
      for (let step = from; step <= to; step++) {
        kernel.apply({ step })
        run.world.now += 10
      }
    },
  }
}

const momentum = { module: 'opt', op: 'set_params', params: { momentum: 0.5 } }

test('ranks synchronize every 50 ms; in between, rank 0 saves requested checkpoints and takes no other requests', () => {
  const { run, kernel, train, saved } = lead()
  train(0, 1)
  run.command({ cid: 'a', ...momentum })
  kernel.save('k')
  kernel.submit({ cid: 'b', ...momentum })
  train(2, 5)
  expect(saved).toEqual(['k'])
  expect(
    run
      .lines()
      .slice(1)
      .map(({ op, step }) => [op, step]),
  ).toEqual([['checkpoint', 2]])
  train(6, 6)
  expect(
    run
      .lines()
      .slice(2)
      .map(({ cid, step, decision }) => [cid, step, decision]),
  ).toEqual([
    ['b', 6, 'applied'],
    ['a', 6, 'applied'],
  ])
})

test('without the other ranks, rank 0 saves requested checkpoints and drops other requests', () => {
  const { run, kernel, train, lose, saved, said } = lead()
  train(0, 2)
  run.command({ cid: 'a', ...momentum })
  lose()
  train(3, 8)
  const error = 'the ranks cannot be reached and no more commands are accepted: rank 1 is gone'
  expect(run.lines().at(-1)).toMatchObject({ op: 'collective', source: 'kernel', step: 6, decision: 'failed', error })
  kernel.submit({ cid: 'b', ...momentum })
  kernel.save('k')
  train(9, 12)
  expect(saved).toEqual(['k'])
  expect(
    run
      .lines()
      .slice(1)
      .map(({ op, step, decision }) => [op, step, decision]),
  ).toEqual([
    ['set_params', 6, 'failed'],
    ['collective', 6, 'failed'],
    ['checkpoint', 9, 'applied'],
  ])
  expect(said).toEqual([error])
})

test('during a pause the other ranks are notified at each wait that it continues; it ends when they are lost', () => {
  let waits = 0
  let lose = (): void => undefined
  const leader = lead({
    sleep: {
      block() {
        waits++
        if (waits === 3) lose()
      },
    },
  })
  lose = leader.lose
  leader.run.command({ cid: 'p', module: 'core', op: 'pause' })
  expect(leader.kernel.apply({ step: 4 })).toMatchObject({ paused: false })
  // The loss is noticed when the pause is announced again.
  expect(waits).toBe(4)
  const pauses = leader.sent.filter(({ paused }) => paused === true)
  expect(pauses).toEqual(
    [1, 2, 3].map(() => ({ kind: 'end', next: { step: 4, call: 0 }, paused: true, stop: false, rewound: null })),
  )
  expect(leader.run.written.state).toMatchObject({ ranks: { world_size: 2 } })
})
