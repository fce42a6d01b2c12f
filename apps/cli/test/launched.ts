import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { HOTCB } from './built-program.ts'

/** `hotcb launch` as a process. */
export interface Launched {
  readonly process: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>
  /** Waits until its output matches the pattern. Returns the pattern's first group. */
  said(pattern: RegExp): Promise<string>
}

/** Starts `hotcb launch ARGS`. It is killed after the test, but the processes that it started are not. */
export function startLaunch(cwd: string, ...args: readonly string[]): Launched {
  const { NO_COLOR: _, FORCE_COLOR: __, HOTCB_DIR: ___, ...env } = process.env
  const child = spawn(process.execPath, [HOTCB, 'launch', ...args], {
    cwd,
    env: { ...env, USER: 'ann', LC_ALL: 'C.UTF-8' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  let isOver = false
  let wake = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    out += more
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    err += more
    wake()
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      isOver = true
      resolve({ code, out, err })
      wake()
    })
  })
  return {
    process: child,
    ended,
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(out) ?? pattern.exec(err)
        if (found !== null) return found[1] ?? found[0]
        if (isOver) throw new Error(`launch ended without printing ${pattern}: ${out}${err}`)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

/** A raw line of one of the run's files. */
export type Line = Readonly<Record<string, unknown>>

/** Returns the complete lines of one of the run's files. */
export function linesOf(
  dir: string,
  name: 'metrics' | 'applied' | 'launch' | 'commands' | 'autopilot',
): readonly Line[] {
  const path = join(dir, `hotcb.${name}.jsonl`)
  if (!existsSync(path)) return []
  // The last line may be incomplete while the file is being written.
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text))
}
