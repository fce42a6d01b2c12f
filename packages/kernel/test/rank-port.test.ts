import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type CollectiveMemory,
  createCollectiveMemory,
  type FileCollectiveOptions,
  openFileCollective,
  openThreadCollective,
  type RankPort,
} from '../src/node.ts'
import { programArguments } from './child.ts'
import { runDir } from './run-dir.ts'

type Call = readonly ['broadcast' | 'allGather' | 'giveUp', string | null]

const workers: Worker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
})

const KINDS = [
  { kind: 'file', place: () => runDir() },
  // Space for 64 bytes: longer texts are sent in pieces.
  { kind: 'thread', place: (world: number) => createCollectiveMemory(world, 64) },
] as const

/** Another rank, as a thread, that makes these calls; returns their results. */
function rankThread(
  place: string | CollectiveMemory,
  rank: number,
  world: number,
  calls: readonly Call[],
  options: FileCollectiveOptions = { timeoutMs: 300_000 },
): Promise<unknown> {
  const url = (path: string): string => new URL(path, import.meta.url).href
  const worker = new Worker(new URL('./fixtures/port-thread.mjs', import.meta.url), {
    workerData: {
      hooks: url('../../../scripts/typescript-loader.mjs'),
      module: url('../src/node.ts'),
      kind: typeof place === 'string' ? 'file' : 'thread',
      place,
      rank,
      world,
      options,
      calls,
    },
    execArgv: ['--conditions=@hotcb/source'],
  })
  workers.push(worker)
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function portOf(
  place: string | CollectiveMemory,
  world: number,
  options: FileCollectiveOptions = { timeoutMs: 300_000 },
): RankPort {
  return typeof place === 'string'
    ? openFileCollective(place, 0, world, options)
    : openThreadCollective(place, 0, world, options)
}

describe.each(KINDS)('ranks that synchronize: $kind', ({ place: placeFor }) => {
  test('all receive rank 0’s text, and all texts in rank order, however long they are', async () => {
    const place = placeFor(3)
    const long = 'x'.repeat(1000)
    const calls = (text: string): Call[] => [
      ['broadcast', null],
      ['broadcast', null],
      ['broadcast', null],
      ['allGather', text],
      ['allGather', ''],
    ]
    const texts = ['rank 0', 'ü'.repeat(100), 'é'.repeat(200)]
    const others = [1, 2].map((rank) => rankThread(place, rank, 3, calls(texts[rank] ?? '')))
    const port = portOf(place, 3)
    const mine = [port.broadcast('hello'), port.broadcast(''), port.broadcast(long), port.allGather(texts[0] ?? '')]
    const heard = ['hello', '', long, texts, ['', '', '']]
    expect([...mine, port.allGather('')]).toEqual(heard)
    expect(await Promise.all(others)).toEqual([heard, heard])
    port.close()
  })

  test('a rank that does not respond is reported on all waiting ranks, long before their own timeout', async () => {
    const place = placeFor(3)
    const other = rankThread(place, 2, 3, [['allGather', 'two']], { timeoutMs: 30_000 })
    const port = portOf(place, 3, { timeoutMs: 300 })
    const reason = 'rank 0 waited 0.3 s for rank 1'
    expect(() => port.allGather('zero')).toThrow(reason)
    expect(port.missed).toBe(1)
    expect(await other).toEqual([{ error: reason, missed: null }])
    expect(() => port.broadcast('more')).toThrow(reason)
    port.close()
  })

  test('texts that a rank sent before it gave up are received, then its reason', async () => {
    const place = placeFor(2)
    const port = portOf(place, 2)
    port.broadcast('last words')
    const calls: Call[] = [
      ['broadcast', null],
      ['broadcast', null],
    ]
    const other = rankThread(place, 1, 2, calls, { timeoutMs: 30_000 })
    port.giveUp('rank 1 was killed')
    expect(await other).toEqual(['last words', { error: 'rank 1 was killed', missed: null }])
    expect(() => port.allGather('')).toThrow('rank 1 was killed')
    port.close()
  })

  test('the others do not wait for a rank that is known to have exited', () => {
    const gone = (rank: number): string => `rank ${rank} has ended`
    const port = portOf(placeFor(2), 2, { timeoutMs: 20_000, gone })
    expect(() => port.allGather('')).toThrow('rank 1 has ended')
    expect(port.missed).toBe(1)
    port.close()
  })
})

test('the files of a long training run stay few and small, and no text is lost', async () => {
  const dir = runDir()
  const rounds = Array.from({ length: 100 }, (_, at) => `round ${at} ${'.'.repeat(at)}`)
  const calls = rounds.flatMap((text): Call[] => [
    ['broadcast', null],
    ['allGather', text],
  ])
  const others = [1, 2].map((rank) => rankThread(dir, rank, 3, calls, { fileBytes: 300, timeoutMs: 300_000 }))
  const port = openFileCollective(dir, 0, 3, { fileBytes: 300, timeoutMs: 300_000 })
  const most: number[] = []
  for (const text of rounds) {
    port.broadcast(text)
    expect(port.allGather(text)).toEqual([text, text, text])
    most.push(readdirSync(dir).length)
  }
  const heard = rounds.flatMap((text) => [text, [text, text, text]])
  expect(await Promise.all(others)).toEqual([heard, heard])
  expect(Math.max(...most)).toBeLessThanOrEqual(12)
  expect(
    Number(/\.(\d+)\./.exec(readdirSync(dir).find((name) => name.startsWith('rank-0')) ?? '')?.[1]),
  ).toBeGreaterThan(10)
  port.close()
})

test('time during which a waiting process is stopped does not count', async () => {
  const dir = runDir()
  const port = openFileCollective(dir, 0, 2)
  const child = spawn(process.execPath, programArguments('hear.ts', dir, '10000'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const closed = once(child, 'close')
  while (!said.includes('waiting')) await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill('SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  child.kill('SIGCONT')
  await new Promise((resolve) => setTimeout(resolve, 500))
  port.broadcast('here I am')
  await closed
  expect(said).toBe('waiting\nhere I am\n')
  port.close()
})

test('a directory from an earlier start is refused', () => {
  const dir = runDir()
  const port = openFileCollective(dir, 0, 2)
  port.broadcast('hello')
  expect(() => openFileCollective(dir, 0, 2)).toThrow(
    `\`${dir}\` was used by an earlier start: ranks need a new directory`,
  )
  port.close()
})
