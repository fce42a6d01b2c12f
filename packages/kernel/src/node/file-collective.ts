import { join } from 'node:path'
import { type Appender, openAppender, openTail, type Tail } from '@hotcb/journal'
import type { Collective } from '../collective.ts'
import type { CollectiveOptions } from './thread-collective.ts'

/**
 * The ranks of one training as processes that share a directory: each writes a file of its own and follows the others'.
 *
 * The directory must be new for each start: a rank that finds its own file there refuses.
 * @throws Error when the directory was used before.
 */
export function fileCollective(
  dir: string,
  rank: number,
  worldSize: number,
  options: CollectiveOptions = {},
): Collective {
  const { timeoutMs = 30_000 } = options
  const fileOf = (of: number): string => join(dir, `rank-${of}.jsonl`)
  const mine: Appender = openAppender(fileOf(rank))
  if (mine.size() > 0) throw new Error(`\`${dir}\` was used by an earlier start: ranks need a new directory`)
  const tails: Tail[] = Array.from({ length: worldSize }, (_, i) => openTail(fileOf(i)))
  const read: string[][] = tails.map(() => [])

  function say(text: string): void {
    const failure = mine.append(`${JSON.stringify(text)}\n`)
    if (failure !== null) throw new Error(failure.message)
  }

  /** The next text of a rank, waited for. */
  function hear(from: number): string {
    const until = performance.now() + timeoutMs
    for (let wait = 0.1; ; wait = Math.min(5, wait * 1.5)) {
      const queue = read[from] ?? []
      const next = queue.shift()
      if (next !== undefined) return next
      for (const line of tails[from]?.read().lines ?? []) queue.push(JSON.parse(line.text))
      if (queue.length > 0) continue
      if (performance.now() > until) throw new Error(`rank ${rank} waited ${timeoutMs / 1000} s for rank ${from}`)
      Atomics.wait(cell, 0, 0, wait)
    }
  }

  return {
    rank,
    worldSize,
    broadcast(text) {
      if (rank !== 0) return hear(0)
      const told = text ?? ''
      say(told)
      return told
    },
    allGather(text) {
      say(text)
      return tails.map((_, from) => (from === rank ? text : hear(from)))
    },
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))
