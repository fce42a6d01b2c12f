import type { Reading } from '../src/reading.ts'
import { type SeenFile, type TailBatch, TailState, type TailStateOptions } from '../src/tail-state.ts'

/** A tail of a file in memory that the test changes. */
export interface MemoryTail {
  readonly state: TailState
  readonly file: { bytes: Buffer; serial: number }
  /** The lengths of the pieces that were read. */
  readonly asked: number[]
  readonly run: <Result>(reading: Reading<Result>) => Result
  readonly write: (text: string) => void
  readonly append: (text: string) => void
  readonly read: (maxBytes?: number) => TailBatch
}

export function openMemoryTail(options: TailStateOptions = {}): MemoryTail {
  const state = new TailState(options)
  const file = { bytes: Buffer.alloc(0), serial: 1 }
  const asked: number[] = []
  const run = <Result>(reading: Reading<Result>): Result => {
    let step = reading.next()
    while (step.done !== true) {
      const { at, length } = step.value
      asked.push(length)
      step = reading.next(file.bytes.subarray(at, at + length))
    }
    return step.value
  }
  const seen = (): SeenFile => ({ serial: file.serial, size: file.bytes.length })
  return {
    state,
    file,
    asked,
    run,
    write: (text: string) => {
      file.bytes = Buffer.from(text)
    },
    append: (text: string) => {
      file.bytes = Buffer.concat([file.bytes, Buffer.from(text)])
    },
    read: (maxBytes = 1 << 20): TailBatch => run(state.read(seen(), maxBytes)),
  }
}

/** The texts of the lines of a batch. */
export function texts({ lines }: { readonly lines: readonly { readonly text: string }[] }): string[] {
  return lines.map(({ text }) => text)
}
