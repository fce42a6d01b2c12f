import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { FILE, validLines } from './hold-log.ts'
import { bundleProgram, killAll } from './trainer.ts'

let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hotcb-holder-'))
  await bundleProgram('holder-program.ts', join(folder, 'holder.mjs'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process that takes the log of `dir`, or is refused. `said` returns its output, line by line. */
class HolderProcess {
  readonly child: ChildProcess
  readonly #said: object[] = []
  readonly #waiting: ((what: object) => void)[] = []

  constructor(dir: string, engine: string, ...more: readonly string[]) {
    const args = [join(folder, 'holder.mjs'), dir, FILE, engine, ...more]
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    onTestFinished(() => killAll(this.child))
    const { stdout } = this.child
    if (stdout === null) throw new Error('no output')
    createInterface({ input: stdout }).on('line', (line) => {
      const what: object = JSON.parse(line)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#said.push(what)
      else waiting(what)
    })
  }

  said(): Promise<object> {
    const what = this.#said.shift()
    return what === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(what)
  }

  ask(word: string): Promise<object> {
    this.child.stdin?.write(`${word}\n`)
    return this.said()
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await new Promise((resolve) => this.child.once('exit', resolve))
    return this.child.exitCode
  }

  /** Suspends or resumes it, and waits until the system confirms it. */
  async signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const isStopped = (): boolean => /^\d+ \(.*\) [Tt]/.test(readFileSync(`/proc/${this.child.pid}/stat`, 'utf8'))
    this.child.kill(signal)
    while (isStopped() !== (signal === 'SIGSTOP')) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a log with one holder', () => {
  test('a second start is refused while the holder is alive, and the error names its process', async () => {
    const dir = temporaryDirectory()
    const first = new HolderProcess(dir, 'notifier')
    expect(await first.said()).toEqual({ held: 1, lines: [] })
    const second = new HolderProcess(dir, 'agent')
    expect(await second.said()).toEqual({
      refused: expect.stringMatching(
        new RegExp(`notify\\.jsonl\` is held by notifier \\(process ${first.child.pid} on .+\\)$`),
      ),
    })
    expect(await second.ended()).toBe(1)
    expect(await first.ask('write one')).toEqual({ wrote: 'one', trouble: null })
    expect(validLines(dir)).toEqual({ texts: ['one'], voids: 0 })
  })

  test('a suspended holder keeps the log; after a take-over it notices before its next line and stops writing', async () => {
    const dir = temporaryDirectory()
    const first = new HolderProcess(dir, 'notifier')
    await first.said()
    await first.ask('write one')
    await first.signal('SIGSTOP')
    const refused = new HolderProcess(dir, 'agent')
    expect(await refused.said()).toMatchObject({ refused: expect.stringContaining('held by notifier') })
    const second = new HolderProcess(dir, 'agent', 'take-over')
    expect(await second.said()).toEqual({ held: 2, lines: ['one'] })
    await second.ask('write two')
    await first.signal('SIGCONT')
    expect(await first.ask('write three')).toEqual({ superseded: 'agent' })
    expect(await first.said()).toMatchObject({ wrote: 'three', trouble: { code: 'superseded' } })
    // Reported once.
    expect(await first.ask('look')).toEqual({ look: false })
    expect(validLines(dir)).toEqual({ texts: ['one', 'two'], voids: 0 })
  })

  test('a killed holder is replaced without `takeOver`, and its incomplete last line does no harm', async () => {
    const dir = temporaryDirectory()
    const first = new HolderProcess(dir, 'notifier')
    await first.said()
    await first.ask('write one')
    await killAll(first.child)
    appendFileSync(join(dir, FILE), '{"kind":"line","text":"tor')
    const second = new HolderProcess(dir, 'notifier')
    expect(await second.said()).toEqual({ held: 2, lines: ['one'] })
    expect(await second.ask('write two')).toEqual({ wrote: 'two', trouble: null })
    expect(readFileSync(join(dir, FILE), 'utf8')).toMatch(/"tor\n\{"kind":"begin"/)
  })

  test('of many simultaneous starts exactly one holds the log, and only its lines are valid', async () => {
    const dir = temporaryDirectory()
    for (let round = 1; round <= 3; round++) {
      const all = Array.from({ length: 6 }, (_, i) => new HolderProcess(dir, `e${i}`))
      const said = await Promise.all(all.map((one) => one.said()))
      const holders = all.filter((_, i) => 'held' in (said[i] ?? {}))
      const wrote = await Promise.all(holders.map((one) => one.ask(`write r${round}`)))
      // A start that another one overtook between its read and its first line reports that.
      expect(wrote.filter((what) => 'trouble' in what && what.trouble === null)).toHaveLength(1)
      await Promise.all(all.map((one) => killAll(one.child)))
    }
    expect(validLines(dir).texts).toEqual(['r1', 'r2', 'r3'])
  })
})
