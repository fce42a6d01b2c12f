import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Appender, openAppender, openTail, type Tail } from '@hotcb/journal'
import type { OptionKeys } from '@hotcb/protocol'
import { messageOf } from '@hotcb/protocol'
import { checkKeys } from '../option-check.ts'
import { COLLECTIVE_KEYS, type CollectiveOptions, type RankPort, waitFor } from './rank-port.ts'

/** Options for ranks that synchronize through files. */
export interface FileCollectiveOptions extends CollectiveOptions {
  /**
   * When a rank's file reaches this size in bytes, the rank begins a new one. It deletes old files that all ranks have
   * read.
   * @defaultValue 1 MiB
   */
  readonly fileBytes?: number
}

const KEYS: OptionKeys<FileCollectiveOptions> = { ...COLLECTIVE_KEYS, fileBytes: true }

/**
 * Connects the ranks of one training run, which run as processes that share a directory. Each rank writes its own file
 * and follows the files of the others.
 *
 * Every start needs a new directory: a rank that finds its own file there throws.
 * @throws Error when the directory was used before; KernelError `bad-option` for an unknown option.
 */
export function openFileCollective(
  dir: string,
  rank: number,
  worldSize: number,
  options: FileCollectiveOptions = {},
): RankPort {
  checkKeys('openFileCollective', options, KEYS)
  const sender = openSender(dir, rank, options.fileBytes ?? 1024 * 1024)
  const receivers = Array.from({ length: worldSize }, (_, of) => (of === rank ? null : openReceiver(dir, of)))
  let [reason, missed]: [string | null, number | null] = [null, null]

  function giveUp(why: string): void {
    if (reason !== null) return
    reason = why
    try {
      sender.send({ lost: why })
    } catch {
      // Ranks that are waiting for this one detect the loss when they time out.
    }
  }

  function send(text: string): void {
    if (reason !== null) throw new Error(reason)
    try {
      sender.send(text)
    } catch (error) {
      giveUp(messageOf(error))
      throw error
    }
  }

  /** Waits for the next message from a rank. */
  function receive(from: number): string {
    const waiting = waitFor(from, rank, options)
    for (let ms = 0.1; ; ms = Math.min(5, ms * 1.5)) {
      if (reason !== null) throw new Error(reason)
      const next = receivers[from]?.next() ?? null
      if (typeof next === 'string') return next
      const reported = next?.lost ?? lossReportedByFirst(from)
      const failure = reported ?? waiting.failure()
      if (failure === null) Atomics.wait(cell, 0, 0, ms)
      else miss(from, failure, reported !== null)
    }
  }

  // Rank 0 may already have stopped waiting for this rank.
  const lossReportedByFirst = (from: number): string | null => (from === 0 ? null : (receivers[0]?.lost() ?? null))

  function miss(from: number, failure: string, isReported: boolean): void {
    if (!isReported) missed = from
    giveUp(failure)
  }

  return {
    rank,
    worldSize,
    broadcast(text) {
      if (rank !== 0) return receive(0)
      const sent = text ?? ''
      send(sent)
      return sent
    },
    allGather(text) {
      send(text)
      const all = receivers.map((_, from) => (from === rank ? text : receive(from)))
      sender.gathered()
      return all
    },
    giveUp,
    get missed() {
      return missed
    },
    close() {
      sender.close()
      for (const one of receivers) one?.close()
    },
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))

/** The content of a line: a message, the number of the next file, or the reason why this rank stopped sending. */
type Line = string | number | Loss

interface Loss {
  readonly lost: string
}

interface Sender {
  send(line: string | Loss): void
  /**
   * Records that all ranks have sent their messages for this `allGather`. They have therefore all read everything that
   * was sent before the previous one.
   */
  gathered(): void
  close(): void
}

function openSender(dir: string, rank: number, fileBytes: number): Sender {
  let number = 0
  let file = open()
  let old: { readonly path: string; left: number }[] = []
  if (file.size() > 0) throw new Error(`\`${dir}\` was used by an earlier start: ranks need a new directory`)

  function open(): Appender {
    return openAppender(pathOf(dir, rank, number))
  }

  function append(line: Line): void {
    const failure = file.append(`${JSON.stringify(line)}\n`)
    if (failure !== null) throw new Error(failure.message)
  }

  return {
    send(line) {
      if (file.endOffset >= fileBytes) {
        append(number + 1)
        file.close()
        old.push({ path: pathOf(dir, rank, number), left: 2 })
        number++
        file = open()
      }
      append(line)
    },
    gathered() {
      if (old.length === 0) return
      for (const one of old) one.left--
      // Some systems cannot delete an open file. The file is then removed together with the directory.
      for (const { path } of old.filter(({ left }) => left <= 0)) rmSync(path, { force: true })
      old = old.filter(({ left }) => left > 0)
    },
    close: () => file.close(),
  }
}

interface Receiver {
  /** The next message, or the reason why there will be none; null while none has arrived. */
  next(): string | Loss | null
  /** Why this rank stopped sending, even if not all of its messages have been read; null while it is sending. */
  lost(): string | null
  close(): void
}

function openReceiver(dir: string, rank: number): Receiver {
  let number = 0
  let tail: Tail = openTail(pathOf(dir, rank, number))
  let loss: Loss | null = null
  const texts: string[] = []

  function read(): void {
    for (const { text } of tail.read().lines) {
      // Every rank runs the same code.
      const line = JSON.parse(text) as Line
      if (typeof line === 'string') texts.push(line)
      else if (typeof line === 'number') follow(line)
      else loss = line
    }
  }

  function follow(next: number): void {
    tail.close()
    number = next
    tail = openTail(pathOf(dir, rank, number))
  }

  return {
    next() {
      if (texts.length === 0) read()
      return texts.shift() ?? loss
    },
    lost() {
      if (loss === null) read()
      return loss?.lost ?? null
    },
    close: () => tail.close(),
  }
}

function pathOf(dir: string, rank: number, number: number): string {
  return join(dir, `rank-${rank}.${number}.jsonl`)
}
