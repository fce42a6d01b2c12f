import { MAX_DEPTH } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import type { CallResult } from '../src/ack.ts'
import { type ControlCollective, createControls } from '../src/index.ts'
import { openControls } from '../src/node.ts'
import { createRanks, type Ranks } from '../src/ranks.ts'
import { createRegistry, type Registry } from '../src/registry.ts'
import type { Task } from '../src/task.ts'
import { ask, brief, temporaryFolder, write } from './queue.ts'

interface Trainer {
  lr: number
}

interface Rank {
  readonly ranks: Ranks<Trainer>
  readonly registry: Registry<Trainer>
  readonly trainer: Trainer
  readonly notes: string[]
  /** The messages that this rank sent to the others. */
  readonly sent: string[]
}

const OK = { ok: true }
const failed = (error: string) => ({ ok: false, status: 'failed', error })
const rejected = (error: string) => ({ ok: false, status: 'rejected', error })

/**
 * Creates one of two ranks, whose `lr` can be set.
 *
 * @param others The other rank's replies, in order. An error is thrown instead of returned.
 * @param messages The messages from rank 0, if this is a different rank.
 */
function rankWith(others: readonly (object | Error)[], messages: readonly string[] | null = null): Rank {
  const [sent, notes]: [string[], string[]] = [[], []]
  const replies = [...others]
  const waiting = [...(messages ?? [])]
  const rank = messages === null ? 0 : 1
  const port: ControlCollective = {
    rank,
    worldSize: 2,
    broadcast(text) {
      if (text !== null) {
        sent.push(text)
        return text
      }
      const message = waiting.shift()
      if (message === undefined) throw new Error('rank 0 is gone')
      return message
    },
    allGather(text) {
      sent.push(text)
      const other = replies.shift() ?? OK
      if (other instanceof Error) throw other
      return rank === 0 ? [text, JSON.stringify(other)] : [JSON.stringify(other), text]
    },
  }
  const registry = createRegistry<Trainer>((note) => notes.push(note))
  const trainer = { lr: 1 }
  registry.register('lr', (ctx, value) => {
    if (value === 13) throw new Error('not 13')
    const before = ctx.lr
    ctx.lr = Number(value)
    return () => {
      if (value === 14) throw new Error('it sticks')
      ctx.lr = before
    }
  })
  registry.register('forever', (ctx) => {
    ctx.lr = 9
  })
  const parse = (text: string) =>
    text.startsWith('{') ? { ok: true as const, value: JSON.parse(text) } : { ok: false as const, reason: 'not JSON' }
  return { ranks: createRanks(port, registry, parse, (note) => notes.push(note)), registry, trainer, notes, sent }
}

const taskOf = (path: string, ...args: readonly unknown[]): Task => ({
  command: { id: 'a', op: 'set', path, args, kwargs: {}, trouble: null },
  again: false,
  checked: false,
})

describe('rank 0', () => {
  const led = (task: Task, ...others: readonly (object | Error)[]) => {
    const one = rankWith(others)
    return { ...one, result: one.ranks.lead(task, one.trainer) }
  }

  test('executes a command on all ranks if all of them accept it', () => {
    const { result, trainer, sent } = led(taskOf('lr', 0.5), OK, OK)
    expect([result, trainer.lr]).toEqual([{ status: 'applied', call: { args: [0.5], kwargs: {} } }, 0.5])
    expect(sent.map((text) => JSON.parse(text))).toEqual([{ task: taskOf('lr', 0.5) }, OK, OK])
  })

  test.each<[string, Task, object, object]>([
    [
      'refuse in the same way',
      taskOf('x'),
      rejected('unknown path: x'),
      { status: 'rejected', error: 'unknown path: x' },
    ],
    [
      'refuse for different reasons',
      taskOf('x'),
      failed('no'),
      { status: 'failed', error: 'rank 0: unknown path: x; rank 1: no', ranks: [0, 1] },
    ],
    ['refuse only here', taskOf('x'), OK, { status: 'failed', error: 'rank 0: unknown path: x', ranks: [0] }],
    ['refuse only there', taskOf('lr', 2), rejected('no'), { status: 'failed', error: 'rank 1: no', ranks: [1] }],
  ])('executes nothing if the ranks %s', (_, task, other, expected) => {
    const { result, trainer, sent } = led(task, other)
    expect([result, trainer.lr, sent.length]).toEqual([expected, 1, 2])
  })

  test('reverts a command that failed on another rank', () => {
    const { result, trainer } = led(taskOf('lr', 0.5), OK, failed('no lr'))
    expect([result, trainer.lr]).toEqual([{ status: 'failed', error: 'rank 1: no lr', ranks: [1] }, 1])
  })

  test('reports ranks that could not revert it', () => {
    const stuck = led(taskOf('lr', 14), OK, failed('no lr'), OK)
    expect(stuck.result).toEqual({
      ...{ status: 'failed', ranks: [1] },
      error: 'rank 1: no lr; rank 0 could not revert it: it sticks',
    })
    const kept = led(taskOf('forever'), OK, failed('no lr'), failed('could not revert it: x'))
    expect(kept.result).toMatchObject({
      error:
        'rank 1: no lr; rank 0 keeps the change: its control returns no function that reverts it; rank 1 could not revert it: x',
    })
    expect(kept.trainer.lr).toBe(9)
  })

  test('names no rank, and reverts nothing, if the command failed in the same way on all ranks', () => {
    const { result, sent } = led(taskOf('lr', 13), OK, failed('not 13'))
    expect(result).toEqual({ status: 'failed', error: 'not 13' })
    expect(sent.slice(2).map((text) => JSON.parse(text))).toEqual([failed('not 13'), OK])
  })

  test('reverts its own change if the ranks are lost in between, and logs this once', () => {
    const { result, trainer, ranks, notes } = led(taskOf('lr', 0.5), OK, new Error('rank 1 is gone'))
    const reason = 'the ranks cannot be reached: rank 1 is gone'
    expect([result, trainer.lr, ranks.isLost]).toEqual([{ status: 'failed', error: reason }, 1, true])
    ranks.part(5)
    expect(notes).toEqual([`${reason}; no more commands are applied, and training continues`])
    expect(ranks.arrive()).toBe(false)
  })

  test('does not send a command that JSON cannot represent', () => {
    const { result, sent, ranks } = led(taskOf('lr', 5n))
    expect(result).toEqual({ status: 'rejected', error: 'the command cannot be sent to the other ranks' })
    expect([sent, ranks.isLost]).toEqual([[], false])
  })

  test('announces the next synchronization, and detects a lost rank while doing so', () => {
    const { ranks, sent, notes } = rankWith([OK, new Error('rank 1 is gone')])
    expect([ranks.arrive(), ranks.isLost]).toEqual([true, false])
    ranks.part(3)
    expect(sent.map((text) => JSON.parse(text))).toEqual([{ next: 4 }, OK])
    expect([ranks.arrive(), ranks.arrive(), ranks.arrive(), ranks.arrive()]).toEqual([false, false, true, true])
    ranks.part(1)
    expect([ranks.isLost, notes.length, ranks.arrive()]).toEqual([true, 1, false])
  })
})

describe('a rank other than 0', () => {
  const followed = (others: readonly (object | Error)[], ...messages: readonly (object | string)[]) => {
    const texts = messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message)))
    const one = rankWith(others, texts)
    const done: [unknown, CallResult][] = []
    one.ranks.follow(one.trainer, (task, result) => done.push([task.command.path, result]))
    return { ...one, done }
  }

  test('executes rank 0\u2019s commands until the next synchronization is announced', () => {
    const { done, trainer, ranks, sent } = followed([], { task: taskOf('lr', 0.5) }, { task: taskOf('x') }, { next: 3 })
    expect(trainer.lr).toBe(0.5)
    expect(done).toEqual([
      ['lr', { status: 'applied', call: { args: [0.5], kwargs: {} } }],
      ['x', { status: 'failed', error: 'rank 1: unknown path: x', ranks: [1] }],
    ])
    expect(sent.map((text) => JSON.parse(text))).toEqual([OK, OK, rejected('unknown path: x'), OK])
    expect([ranks.arrive(), ranks.arrive(), ranks.arrive()]).toEqual([false, false, true])
    expect(ranks.isLost).toBe(false)
  })

  test('reverts a command that failed on rank 0', () => {
    const { done, trainer } = followed([OK, failed('no lr')], { task: taskOf('lr', 0.5) }, { next: 2 })
    expect([done, trainer.lr]).toEqual([[['lr', { status: 'failed', error: 'rank 0: no lr', ranks: [0] }]], 1])
  })

  test('continues to train if rank 0 is lost or sends an unreadable message', () => {
    const gone = followed([])
    expect([gone.ranks.isLost, gone.ranks.arrive()]).toEqual([true, false])
    expect(gone.notes).toEqual([
      'the ranks cannot be reached: rank 0 is gone; no more commands are applied, and training continues',
    ])
    for (const message of ['nonsense', '{}[]'.slice(2)]) {
      const { notes } = followed([], message)
      expect(notes).toEqual([expect.stringContaining('rank 0 sent an unreadable message')])
    }
  })
})

test('if communication fails during a command, the command is reverted on this rank, and its ack states why', () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5], ['b', 'lr', 0.25])
  let gathered = 0
  const port: ControlCollective = {
    rank: 0,
    worldSize: 2,
    broadcast: (text) => text ?? '',
    allGather(text) {
      gathered++
      if (gathered === 2) throw new Error('rank 1 is gone')
      return [text, text]
    },
  }
  const said: string[] = []
  const trainer = { lr: 1 }
  const controls = openControls<typeof trainer>({ dir, collective: port, log: (message) => void said.push(message) })
  controls.register('lr', (ctx, lr) => {
    ctx.lr = Number(lr)
    return () => {
      ctx.lr = 1
    }
  })
  expect(brief(controls.pollAndApply({ ctx: trainer }))).toEqual([
    'a failed: the ranks cannot be reached: rank 1 is gone',
  ])
  expect(controls.pollAndApply({ ctx: trainer })).toEqual([])
  expect(trainer.lr).toBe(1)
  expect(said).toEqual([
    'the ranks cannot be reached: rank 1 is gone; no more commands are applied, and training continues',
  ])
})

test('a command that cannot be sent to the others is rejected, and the ranks are not lost', () => {
  const dir = temporaryFolder()
  const port: ControlCollective = {
    rank: 0,
    worldSize: 2,
    broadcast: (text) => text ?? '',
    allGather: (text) => [text, text],
  }
  const controls = openControls({ dir, collective: port })
  controls.register('x', () => undefined)
  // The command is at the depth limit, so its message would exceed the limit.
  const deep = MAX_DEPTH - 1
  write(dir, `{"id": "deep", "path": "x", "args": ${'['.repeat(deep)}${']'.repeat(deep)}}\n`)
  ask(dir, ['a', 'x'])
  expect(brief(controls.pollAndApply())).toEqual([
    'deep rejected: the command cannot be sent to the other ranks',
    'a applied',
  ])
})

test('between two synchronizations no rank communicates, and their interval is about the requested one', () => {
  const dir = temporaryFolder()
  let now = 0
  let told = 0
  const port: ControlCollective = {
    rank: 0,
    worldSize: 2,
    broadcast(text) {
      told++
      return text ?? ''
    },
    allGather: (text) => [text, text],
  }
  const controls = createControls(
    {
      openQueue: () => ({
        dir,
        look: () => false,
        read: () => ({ lines: [], more: false, reset: null, oversized: [], failure: null }),
        refresh: () => undefined,
        acks: () => [],
        append: () => null,
        flush: () => null,
        ackBytes: 0,
        registry: { changed: () => false, read: () => null, write: () => undefined },
        close: () => undefined,
      }),
      now: () => now,
      wallTime: () => 1,
      newId: () => `id ${Math.random()}`,
      parse: (text) => ({ ok: true, value: JSON.parse(text) }),
    },
    { collective: port },
  )
  controls.configure(dir)
  // A thousand steps of 0.1 s with a check every 2 s: about 50 synchronizations, plus a few to find the pace.
  for (let step = 0; step < 1000; step++) {
    now += 100
    controls.pollAndApply({ every: 2 })
  }
  expect(told).toBeGreaterThan(48)
  expect(told).toBeLessThan(60)
})
