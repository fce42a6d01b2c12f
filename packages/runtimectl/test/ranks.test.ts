import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_DEPTH } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type ControlCollective, createControls } from '../src/index.ts'
import { openControls } from '../src/node.ts'
import { runProgram, usePrograms } from './program.ts'
import { acksOf, ask, brief, temporaryFolder, write } from './queue.ts'

usePrograms('rank')

interface Told {
  readonly lr: number
  readonly momentum: number
  readonly sum: string
  readonly log: readonly string[]
  readonly said: readonly string[]
  readonly acks: readonly string[]
}

async function train(dir: string, faults: readonly string[], patienceMs = 30_000): Promise<(Told | null)[]> {
  const meet = join(dir, 'meet')
  mkdirSync(meet)
  return Promise.all(
    faults.map(async (fault, rank) => {
      const { out, err } = await runProgram('rank', [
        dir,
        meet,
        String(rank),
        String(faults.length),
        '60',
        fault,
        String(patienceMs),
      ])
      expect(err).toBe('')
      return out === '' ? null : (JSON.parse(out) as Told)
    }),
  )
}

test('only rank 0 reads and acks, and all ranks apply the same at the same step', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5], ['b', 'lr', 'x'], ['c', 'nope'])
  write(dir, '{"id": "d", "path": "note", "args": [NaN, "é", 1e400, {"a": [null]}], "kwargs": {"k": true}}\n{\n')
  const [zero, one, two] = await train(dir, ['', '', ''])
  const said = [
    'a applied',
    'b failed a number expected',
    'c rejected unknown path: nope',
    'd applied',
    expect.stringMatching(/^o\d+-\w+ rejected unsupported op: invalid: not valid JSON: /),
  ]
  for (const rank of [zero, one, two]) {
    expect(rank).toMatchObject({ lr: 0.5, log: zero?.log ?? [], sum: zero?.sum, acks: said, said: [] })
  }
  expect(readFileSync(join(dir, 'acks.jsonl'), 'utf8').trimEnd().split('\n').length).toBe(5)
  expect(zero?.log).toEqual(['["NaN","é","Infinity",{"a":[null]},{"k":true}]'])
})

test('restarted ranks all get the commands acked before, and each is acked once', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5])
  expect((await train(dir, ['', ''])).map((rank) => rank?.lr)).toEqual([0.5, 0.5])
  rmSync(join(dir, 'meet'), { recursive: true })
  expect((await train(dir, ['', ''])).map((rank) => rank?.lr)).toEqual([1, 1])
  rmSync(join(dir, 'meet'), { recursive: true })
  expect((await train(dir, ['anew', 'anew'])).map((rank) => rank?.lr)).toEqual([0.5, 0.5])
  expect(brief(acksOf(dir))).toEqual(['a applied'])
})

test('if a control fails on one rank, the others revert it, and the ack names the rank', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5], ['b', 'note', 1])
  const [zero, one, two] = await train(dir, ['', 'stuck', ''])
  expect([zero?.lr, one?.lr, two?.lr, one?.sum, two?.sum]).toEqual([1, 1, 1, zero?.sum, zero?.sum])
  expect(acksOf(dir)[0]).toMatchObject({ id: 'a', status: 'failed', error: 'rank 1: no lr here', ranks: [1] })
  expect(zero?.log).toEqual(two?.log)
})

test('a change that a rank cannot revert is reported with the rank', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'momentum', 0.5], ['b', 'lr', 0.5])
  await train(dir, ['', 'stuck', 'broken'])
  expect(brief(acksOf(dir))).toEqual([
    'a failed: rank 1: no momentum here; rank 0 keeps the change: its control returns no function that reverts it; rank 2 keeps the change: its control returns no function that reverts it',
    'b failed: rank 1: no lr here; rank 2 could not revert it: it sticks',
  ])
})

test('a command that one rank does not know, or refuses, is applied on none', async () => {
  const unknown = temporaryFolder()
  ask(unknown, ['a', 'lr', 0.5])
  expect((await train(unknown, ['', 'unregistered'])).map((rank) => rank?.lr)).toEqual([1, 1])
  expect(brief(acksOf(unknown))).toEqual(['a failed: rank 1: unknown path: lr'])
  const refused = temporaryFolder()
  ask(refused, ['a', 'lr', 0.5])
  expect((await train(refused, ['strict', ''])).map((rank) => rank?.lr)).toEqual([1, 1])
  expect(brief(acksOf(refused))).toEqual(['a failed: rank 0: a number expected'])
})

test('a killed rank is reported once in one line; the others continue to train, and later commands wait in the queue', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5])
  const late = new Promise((resolve) => setTimeout(resolve, 1500)).then(() => ask(dir, ['late', 'lr', 0.25]))
  const [zero, one, two] = await train(dir, ['', 'die', ''], 4000)
  await late
  expect(one).toBe(null)
  // The first to give up notifies the others.
  const line =
    /^the ranks cannot be reached: rank [02] waited 4 s for rank 1; no more commands are applied, and training continues$/
  for (const rank of [zero, two]) expect(rank?.said).toEqual([expect.stringMatching(line)])
  expect([zero?.lr, two?.lr, two?.sum]).toEqual([0.5, 0.5, zero?.sum])
  expect(brief(acksOf(dir))).toEqual(['a applied'])
})

test('if a port throws during a command, it is reverted here, and its ack states why', () => {
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
  // At the depth limit of a command, so its message would be deeper.
  const deep = MAX_DEPTH - 1
  write(dir, `{"id": "deep", "path": "x", "args": ${'['.repeat(deep)}${']'.repeat(deep)}}\n`)
  ask(dir, ['a', 'x'])
  expect(brief(controls.pollAndApply())).toEqual([
    'deep rejected: the command cannot be sent to the other ranks',
    'a applied',
  ])
})

test('between two meetings no rank communicates, and meetings have about the requested interval', () => {
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
  // A thousand steps of a tenth of a second, and a look every two seconds: after some meetings to find the pace, 50.
  for (let step = 0; step < 1000; step++) {
    now += 100
    controls.pollAndApply({ every: 2 })
  }
  expect(told).toBeGreaterThan(48)
  expect(told).toBeLessThan(60)
})
