import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach } from 'vitest'
import type { DemoOptions } from '../../src/index.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A demo that runs as a separate process. */
export interface RunningDemo {
  readonly process: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>
  /** Its output so far. */
  text(): string
  /** Waits until the output matches the pattern. Returns the pattern's first group. */
  said(pattern: RegExp): Promise<string>
  /** The process of a rank above 0. */
  pidOf(rank: number): Promise<number>
}

/** Starts the bundled demo; `temporary` is the directory for its temporary files and those of its ranks. */
export function startDemo(program: string, options: DemoOptions, temporary?: string): RunningDemo {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(temporary !== undefined && { TMPDIR: temporary }) },
  })
  children.push(child)
  let text = ''
  let isOver = false
  let wake = (): void => undefined
  const add = (more: string): void => {
    text += more
    wake()
  }
  child.stdout.setEncoding('utf8').on('data', add)
  child.stderr.setEncoding('utf8').on('data', add)
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on('close', (code) => {
      isOver = true
      resolve({ code, text })
      wake()
    })
  })
  async function said(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(text)
      if (found !== null) return found[1] ?? found[0]
      if (isOver) throw new Error(`the demo ended without printing ${pattern}: ${text}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    process: child,
    ended,
    text: () => text,
    said,
    pidOf: async (rank) => Number(await said(new RegExp(`rank ${rank} is process (\\d+)`))),
  }
}

/** Whether a process exists, including zombies. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Waits until a condition is true. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}
