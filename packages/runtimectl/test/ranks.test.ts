import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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

async function train(dir: string, faults: readonly string[], patienceMs = 300_000): Promise<(Told | null)[]> {
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

test('only rank 0 reads and acks commands, and all ranks apply the same commands at the same step', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5], ['b', 'lr', 'x'], ['c', 'nope'])
  write(dir, '{"id": "d", "path": "note", "args": [NaN, "é", 1e400, {"a": [null]}], "kwargs": {"k": true}}\n{\n')
  const [zero, one, two] = await train(dir, ['', '', ''])
  const said = [
    'a applied',
    'b failed expected a number',
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

test('after a restart all ranks re-apply the acked commands, and each command is acked once', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5])
  expect((await train(dir, ['', ''])).map((rank) => rank?.lr)).toEqual([0.5, 0.5])
  rmSync(join(dir, 'meet'), { recursive: true })
  expect((await train(dir, ['', ''])).map((rank) => rank?.lr)).toEqual([1, 1])
  rmSync(join(dir, 'meet'), { recursive: true })
  expect((await train(dir, ['restart', 'restart'])).map((rank) => rank?.lr)).toEqual([0.5, 0.5])
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

test('a command that is unknown to one rank, or that one rank refuses, is applied on none', async () => {
  const unknown = temporaryFolder()
  ask(unknown, ['a', 'lr', 0.5])
  expect((await train(unknown, ['', 'unregistered'])).map((rank) => rank?.lr)).toEqual([1, 1])
  expect(brief(acksOf(unknown))).toEqual(['a failed: rank 1: unknown path: lr'])
  const refused = temporaryFolder()
  ask(refused, ['a', 'lr', 0.5])
  expect((await train(refused, ['strict', ''])).map((rank) => rank?.lr)).toEqual([1, 1])
  expect(brief(acksOf(refused))).toEqual(['a failed: rank 0: expected a number'])
})

test('a killed rank is reported once in one line; the others continue to train, and later commands wait in the queue', async () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'lr', 0.5])
  // On a busy machine, one rank may start seconds after another.
  const [zero, one, two] = await train(dir, ['late', 'die', ''], 30_000)
  expect(one).toBe(null)
  // The first rank whose wait times out notifies the others.
  const line =
    /^the ranks cannot be reached: rank [02] waited 30 s for rank 1; no more commands are applied, and training continues$/
  for (const rank of [zero, two]) expect(rank?.said).toEqual([expect.stringMatching(line)])
  expect([zero?.lr, two?.lr, two?.sum]).toEqual([0.5, 0.5, zero?.sum])
  expect(readFileSync(join(dir, 'commands.jsonl'), 'utf8')).toContain('"late"')
  expect(brief(acksOf(dir))).toEqual(['a applied'])
})
