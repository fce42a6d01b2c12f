import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Ack } from '../src/index.ts'

/** Creates an empty directory, which is removed when the test ends. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-controls-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Appends text to a queue's command file, as any program can. */
export function write(dir: string, text: string | Buffer): void {
  appendFileSync(join(dir, 'commands.jsonl'), text)
}

/** Appends commands with the given ids, each for a path with its arguments. */
export function ask(
  dir: string,
  ...commands: readonly (readonly [id: string, path: string, ...args: unknown[]])[]
): void {
  write(dir, commands.map(([id, path, ...args]) => `${JSON.stringify({ id, op: 'set', path, args })}\n`).join(''))
}

/** The acks on disk. */
export function acksOf(dir: string): readonly Ack[] {
  const path = join(dir, 'acks.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Ack]
    } catch {
      // A kill during a write may leave a partial line. The ack is then written again.
      return []
    }
  })
}

/** Formats acks as `id status error`. */
export function brief(acks: readonly Ack[]): readonly string[] {
  return acks.map(({ id, status, error }) => `${id} ${status}${error === undefined ? '' : `: ${error}`}`)
}
