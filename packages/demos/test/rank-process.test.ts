import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFileCollective } from '@hotcb/kernel/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createDigitsTrainer } from '../src/index.ts'
import type { FromRank, RankStart, ToRank } from '../src/ranks/messages.ts'
import { runRank } from '../src/ranks/rank-process.ts'
import { temporaryDir } from './run-support.ts'

interface Rank {
  /** The messages that it has sent to rank 0. */
  readonly sent: FromRank[]
  /** The calls that ended its connection and its process. */
  readonly ends: string[]
  /** The process events that it listens to. */
  readonly events: () => readonly string[]
  /** The process as the rank sees it. */
  readonly process: { exitCode: number | undefined; ppid: number }
  receive(message: ToRank): void
  /** Calls the listener for an event. */
  emit(event: string): void
  /** Waits until it has sent this number of messages; returns the last one. */
  sentUntil(count: number): Promise<FromRank | undefined>
}

/** Runs a rank in this process, with a stand-in for the features of a child process. */
function startRank(meetDir: string | undefined, connected = true): Rank {
  const sent: FromRank[] = []
  const ends: string[] = []
  const listeners: [event: string, listener: (message?: ToRank) => void][] = []
  const own = {
    connected,
    exitCode: undefined,
    ppid: 4,
    on: (event: string, listener: () => void) => void listeners.push([event, listener]),
    send(message: FromRank, then: () => void) {
      sent.push(structuredClone(message))
      then()
    },
    disconnect: () => void ends.push(`disconnect after ${sent.length}`),
    exit: (code?: number) => void ends.push(`exit ${code}`),
  }
  const child: typeof own = Object.defineProperties(Object.create(process), Object.getOwnPropertyDescriptors(own))
  vi.stubGlobal('process', child)
  onTestFinished(() => void vi.unstubAllGlobals())
  const emit = (event: string, message?: ToRank): void => {
    for (const [name, listener] of listeners) if (name === event) listener(message)
  }
  runRank(meetDir)
  return {
    ...{ sent, ends, process: child, emit },
    events: () => listeners.map(([event]) => event),
    receive: (message) => emit('message', message),
    async sentUntil(count) {
      await expect.poll(() => sent.length).toBe(count)
      return sent.at(-1)
    },
  }
}

function startOf(more: Partial<RankStart> = {}): RankStart {
  return { rank: 1, worldSize: 2, runDir: temporaryDir(), config: 'digits', seed: 5, meetDir: temporaryDir(), ...more }
}

/** Rank 0's side: sends what its kernel would send, without waiting for an answer. */
function rankZero({ meetDir }: RankStart) {
  const port = openFileCollective(meetDir, 0, 2)
  onTestFinished(() => port.close())
  const tell = (message: object): void => void port.broadcast(JSON.stringify(message))
  return {
    op(op: object) {
      tell({ kind: 'op', op: { id: 'main', params: null, ...op }, channel: 'live', step: 0, total: 9 })
      tell({ ok: true })
    },
    end(step: number) {
      tell({ kind: 'end', next: { step, call: 0 }, paused: false, stop: false, rewound: null })
      tell({ ok: true })
    },
  }
}

/** Whether rank 1 could carry out the requests of rank 0's kernel, in order. */
function answers({ meetDir }: RankStart): unknown[] {
  const lines = readFileSync(join(meetDir, 'rank-1.0.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(JSON.parse(line)).ok)
}

test("a rank computes its parts, applies rank 0's changes and updates, and ends with the hash of its weights", async () => {
  const start = startOf()
  const zero = rankZero(start)
  const rank = startRank(start.meetDir)
  expect(rank.events()).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect', 'message'])
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) rank.emit(signal)
  rank.receive({ kind: 'start', start })
  expect(await rank.sentUntil(1)).toEqual({ kind: 'ready' })

  zero.op({ module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  zero.op({ module: 'cb', op: 'enable' })
  zero.op({ module: 'tune', op: 'enable' })
  zero.op({ module: 'other', op: 'enable' })
  zero.end(3)
  rank.receive({ kind: 'begin', step: 3, maxSteps: 9, checkpoint: null })
  // It does not have the module of the last op.
  expect(answers(start)).toEqual([true, true, true, false, true])

  const alone = await createDigitsTrainer({ seed: 5 })
  rank.receive({ kind: 'work', step: 3, shards: [1, 0] })
  const shareOf = (shard: number) => ({
    ...{ kind: 'share', step: 3, shard, share: alone.gradients(3, { rank: shard, worldSize: 2 }) },
  })
  expect(rank.sent.slice(1)).toEqual([shareOf(1), shareOf(0)])

  zero.end(4)
  const { gradients } = alone.gradients(3)
  rank.receive({ kind: 'advance', gradients, env: { step: 3 }, events: ['train_step_end'] })
  expect(answers(start)).toHaveLength(6)
  expect(rank.ends).toEqual([])
  rank.receive({ kind: 'end' })
  for (const group of alone.optimizer.paramGroups) group.lr = 0.5
  alone.update(gradients)
  expect(rank.sent.slice(3)).toEqual([{ kind: 'done', weights: alone.weightsSha256() }])
  expect([rank.ends, rank.process.exitCode]).toEqual([['disconnect after 4'], undefined])

  // Rank 0 is still there, and removes the directory itself.
  rank.emit('disconnect')
  expect(rank.ends.slice(1)).toEqual(['exit undefined'])
  expect(existsSync(start.meetDir)).toBe(true)
})

test('a rank continues from the checkpoint of rank 0', async () => {
  const trained = await createDigitsTrainer({ seed: 5, optimizer: 'adam' })
  trained.trainStep(0)
  const checkpoint = join(temporaryDir(), 'step-1')
  mkdirSync(checkpoint)
  writeFileSync(join(checkpoint, 'trainer.bin'), trained.snapshot())
  const start = startOf({ config: 'digits-adam' })
  const zero = rankZero(start)
  const rank = startRank(start.meetDir)
  rank.receive({ kind: 'start', start })
  await rank.sentUntil(1)
  zero.end(1)
  rank.receive({ kind: 'begin', step: 1, maxSteps: 9, checkpoint })
  rank.receive({ kind: 'end' })
  expect(rank.sent.at(-1)).toEqual({ kind: 'done', weights: trained.weightsSha256() })
})

test('a rank whose parent is another process reports that it cannot reach the ranks, and continues', async () => {
  const start = startOf()
  const rank = startRank(start.meetDir)
  rank.receive({ kind: 'start', start })
  await rank.sentUntil(1)
  rank.process.ppid = 1
  rank.receive({ kind: 'begin', step: 0, maxSteps: 9, checkpoint: null })
  expect(rank.sent.slice(1)).toEqual([
    { kind: 'note', text: 'rank 1: the ranks cannot be reached, so no more changes are made here: rank 0 is gone' },
  ])
  expect(rank.ends).toEqual([])
})

test.each<[string, ToRank, string]>([
  ['work before its start', { kind: 'work', step: 0, shards: [1] }, '`work` arrived before `start`'],
  ['an end before its start', { kind: 'end' }, '`end` arrived before `start`'],
  [
    'a start that cannot be carried out',
    { kind: 'start', start: { ...startOfNothing(), seed: -1 } },
    '`seed` must be a whole number from 0 to 9007199254740991, got -1',
  ],
])('a rank that receives %s reports why it fails, and exits', async (_, message, error) => {
  const rank = startRank(undefined)
  rank.receive(message)
  expect(await rank.sentUntil(1)).toEqual({ kind: 'failed', error })
  expect([rank.ends, rank.process.exitCode]).toEqual([['disconnect after 1'], 1])
})

function startOfNothing(): RankStart {
  return { rank: 1, worldSize: 2, runDir: '/none', config: 'digits', seed: 5, meetDir: '/none' }
}

test('a message from another version of the program is refused with its content', async () => {
  const start = startOf()
  const rank = startRank(start.meetDir)
  rank.receive({ kind: 'start', start })
  await rank.sentUntil(1)
  const message: object = { kind: 'dance' }
  rank.receive(message as ToRank)
  expect(await rank.sentUntil(2)).toEqual({ kind: 'failed', error: 'unreachable: {"kind":"dance"}' })
})

test('a rank that loses rank 0 exits, and removes the directory through which they synchronized', () => {
  const meetDir = temporaryDir()
  writeFileSync(join(meetDir, 'rank-0.0.jsonl'), '')
  const rank = startRank(meetDir)
  expect(rank.ends).toEqual([])
  rank.emit('disconnect')
  expect([rank.ends, existsSync(meetDir)]).toEqual([['exit undefined'], false])
})

test('a rank whose connection ended before it listened exits immediately, with or without a directory', () => {
  const meetDir = temporaryDir()
  expect(startRank(meetDir, false).ends).toEqual(['exit undefined'])
  expect(existsSync(meetDir)).toBe(false)
  expect(startRank(undefined, false).ends).toEqual(['exit undefined'])
  expect(readdirSync(temporaryDir())).toEqual([])
})
