import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import type { KernelOptions } from '../src/options.ts'
import type { CommandLine, CommandSource, DocumentSink, LedgerPort, SleepPort } from '../src/ports.ts'

/** A run directory in memory with a clock that does not advance, and a disk that can be full. */
export interface MemoryRun {
  readonly commands: CommandSource
  readonly ledger: LedgerPort
  readonly clock: { now(): number; wallTime(): number }
  readonly documents: DocumentSink
  readonly sleep: SleepPort
  /** Running milliseconds, epoch seconds, and whether the disk is full: a test sets them. */
  readonly world: { now: number; wallTime: number; isFull: boolean }
  /** What happens during each wait of a pause, in turn. */
  readonly waits: (() => void)[]
  /** The last written documents. */
  readonly written: { state: Record<string, unknown> | null; controls: readonly Record<string, unknown>[] | null }
  /** Lines that another kernel adds to the ledger: the kernel finds them at its next check. */
  readonly foreign: LedgerLine[]
  command(line: object): void
  /** The command file is replaced by an empty one. */
  replace(): void
  /** What is on disk. */
  lines(): LedgerLine[]
  /** Lines on disk that answer a command, and their decisions. */
  decisions(): (readonly [cid: string | null, decision: string])[]
}

export function memoryRun(): MemoryRun {
  const world = { now: 0, wallTime: 1000, isFull: false }
  const waits: (() => void)[] = []
  const foreign: LedgerLine[] = []
  let queue: CommandLine[] = []
  let reset: null[] = []
  let taken = 0
  let disk = ''
  let pending = ''
  const written: MemoryRun['written'] = { state: null, controls: null }
  const flush = (): ReturnType<LedgerPort['flush']> => {
    if (pending === '') return null
    if (world.isFull) return { code: 'ENOSPC', message: 'no space left on device' }
    disk += pending
    pending = ''
    return null
  }
  const lines = (): LedgerLine[] =>
    disk
      .split('\n')
      .filter(Boolean)
      .map((text) => {
        const read = readLedgerLine(JSON.parse(text))
        if (!read.ok) throw new Error(read.reason)
        return read.value
      })
  const ports = {
    clock: { now: () => world.now, wallTime: () => world.wallTime },
    commands: {
      look: () => taken < queue.length,
      read() {
        const batch = queue.slice(taken)
        taken = queue.length
        const began = reset
        reset = []
        return { lines: batch, more: false, reset: began, refused: [] }
      },
    },
    ledger: {
      entries: lines,
      append(text) {
        pending += text
        return flush()
      },
      flush,
      get isPending() {
        return pending !== ''
      },
      foreign: () => foreign.splice(0),
      find: (seq) => lines().find((line) => line.seq === seq),
      get bytes() {
        return disk.length
      },
    },
    documents: {
      state: (text) => {
        written.state = JSON.parse(text)
      },
      actuators: (text) => {
        written.controls = JSON.parse(text).controls
      },
    },
    sleep: {
      block() {
        const wait = waits.shift()
        if (wait === undefined) throw new Error('nothing more is to happen in this pause, and it continues')
        world.now += 20
        wait()
      },
    },
  } satisfies KernelOptions
  const own: Omit<MemoryRun, keyof typeof ports> = {
    world,
    waits,
    written,
    foreign,
    command(line) {
      const offset = queue.reduce((sum, { text }) => sum + text.length + 1, 0)
      queue.push({ writer: null, offset, text: JSON.stringify(line) })
    },
    replace() {
      queue = []
      reset = [null]
      taken = 0
    },
    lines,
    decisions: () =>
      lines()
        .filter((line) => line.cid !== null)
        .map((line) => [line.cid, line.decision]),
  }
  // A kernel is created from `{ ...run }`, which must contain only its options: the test's own properties are not
  // enumerable.
  const hidden = Object.entries(own).map(([name, value]) => [name, { value }] as const)
  return Object.defineProperties(ports, Object.fromEntries(hidden)) as typeof ports & typeof own
}
