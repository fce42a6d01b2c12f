import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createHoldFold } from '../src/index.ts'
import { openHold, readHolder } from '../src/node.ts'
import { bundleProgram, killAll, temporaryDirectory } from './trainer.ts'

const FILE = 'hotcb.notify.jsonl'
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

  /** Suspends or wakes it, and waits until the system confirms it. */
  async signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const isStopped = (): boolean => /^\d+ \(.*\) [Tt]/.test(readFileSync(`/proc/${this.child.pid}/stat`, 'utf8'))
    this.child.kill(signal)
    while (isStopped() !== (signal === 'SIGSTOP')) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The texts of the valid lines of a log, and how many are void. */
function validLines(dir: string): { readonly texts: readonly unknown[]; readonly voids: number } {
  const fold = createHoldFold()
  const lines = readFileSync(join(dir, FILE), 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  const kinds = lines.map((line) => fold.take(line))
  return {
    texts: lines.filter((_, i) => kinds[i] === 'line').map(({ text }) => text),
    voids: kinds.filter((kind) => kind === 'void').length,
  }
}

describe('a log with one holder', () => {
  test('a second start is refused while the holder is alive, and gets its process', async () => {
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

  test('a suspended holder still holds; after a take-over it notices before its next line, and writes no more', async () => {
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

  test('a killed holder is replaced without `takeOver`, and its torn last line does no harm', async () => {
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

  test('a holder that has left is not checked for life', async () => {
    const dir = temporaryDirectory()
    const first = openHold(dir, FILE, { engine: 'notifier' })
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow(`(process ${process.pid} on`)
    first.close()
    expect(() => first.append([])).toThrow('is closed')
    const second = openHold(dir, FILE, { engine: 'agent' })
    expect([first.look(), second.n, second.look()]).toEqual([false, 2, true])
    second.close()
  })

  test('of many simultaneous starts exactly one holds the log, and only its lines are valid', async () => {
    const dir = temporaryDirectory()
    for (let round = 1; round <= 3; round++) {
      const all = Array.from({ length: 6 }, (_, i) => new HolderProcess(dir, `e${i}`))
      const said = await Promise.all(all.map((one) => one.said()))
      const holders = all.filter((_, i) => 'held' in (said[i] ?? {}))
      const wrote = await Promise.all(holders.map((one) => one.ask(`write r${round}`)))
      // A start that was overtaken between its read and its first line reports that.
      expect(wrote.filter((what) => 'trouble' in what && what.trouble === null)).toHaveLength(1)
      await Promise.all(all.map((one) => killAll(one.child)))
    }
    expect(validLines(dir).texts).toEqual(['r1', 'r2', 'r3'])
  })

  test('a holder on another host counts as alive while its log is younger than 90 seconds', () => {
    const dir = temporaryDirectory()
    const path = join(dir, FILE)
    const begin = (n: number): string =>
      `${JSON.stringify({ kind: 'begin', n, data: { token: `t${n}`, host: 'gpu-3', pid: 7, start: 'other-boot/pid/9', engine: 'notifier' } })}\n`
    const age = (seconds: number): void => utimesSync(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds)
    writeFileSync(path, begin(4))
    age(60)
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow('held by notifier (process 7 on gpu-3)')
    // A refused start does not update the time of the log, even if it had to terminate a torn line.
    appendFileSync(path, '{"torn')
    age(120)
    const hold = openHold(dir, FILE, { engine: 'agent' })
    expect(hold.n).toBe(5)
    appendFileSync(path, begin(4))
    expect(hold.look()).toBe(true)
    appendFileSync(path, begin(5))
    expect(hold.append([{ kind: 'line', text: 'late' }])).toMatchObject({ code: 'superseded' })
    expect(hold.supersededBy?.host).toBe('gpu-3')
  })

  test('a start that used the number of another takes the next one, so that their lines can be distinguished', () => {
    const dir = temporaryDirectory()
    const path = join(dir, FILE)
    writeFileSync(path, '{"kind":"line","text":"one"}\n')
    // Another process begins between the read of this one and its first line.
    const other = '{"kind":"begin","n":1,"data":{"token":"x","host":null,"pid":null,"start":null,"engine":"agent"}}\n'
    const hold = openHold(dir, FILE, { engine: 'notifier', onLine: () => appendFileSync(path, other) })
    expect([hold.n, hold.look()]).toEqual([2, true])
    hold.close()
  })

  test('a log that is removed or replaced is taken again, so that the next start finds its holder', () => {
    const dir = temporaryDirectory()
    const path = join(dir, FILE)
    const hold = openHold(dir, FILE, { engine: 'notifier' })
    rmSync(path)
    expect(hold.append([{ kind: 'line', text: 'one' }])).toBeNull()
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow('held by notifier')
    writeFileSync(`${path}.new`, '{"kind":"line","text":"other"}\n')
    renameSync(`${path}.new`, path)
    expect(hold.append([{ kind: 'line', text: 'two' }])).toBeNull()
    expect(() => openHold(dir, FILE, { engine: 'agent' })).toThrow('held by notifier')
    expect(validLines(dir)).toEqual({ texts: ['other', 'two'], voids: 0 })
    hold.close()
  })
})

test('a holder that repeats its line has started when it wrote the first one', () => {
  const dir = temporaryDirectory()
  const begin = (n: number, ts: number): string =>
    `${JSON.stringify({ kind: 'begin', n, ts, data: { token: `t${n}`, host: null, pid: null, start: null, engine: 'agent' } })}\n`
  writeFileSync(join(dir, FILE), begin(1, 100) + begin(1, 160))
  expect(readHolder({ dir, within: undefined }, FILE)?.begin['ts']).toBe(100)
  appendFileSync(join(dir, FILE), begin(2, 200) + begin(1, 210) + begin(2, 260))
  expect(readHolder({ dir, within: undefined }, FILE)).toMatchObject({ holder: { n: 2 }, begin: { ts: 200 } })
})

test('lines with a lower number after a later start are void', () => {
  const fold = createHoldFold()
  const begin = (n: number, token: string) => ({ kind: 'begin', n, data: { token, engine: 'x' } })
  const kinds = [
    { kind: 'line' },
    begin(1, 'a'),
    { kind: 'line', n: 1 },
    begin(2, 'b'),
    { kind: 'line', n: 1 },
    begin(1, 'c'),
    { kind: 'line', n: 2 },
    { kind: 'end', n: 1, data: { token: 'a' } },
    { kind: 'end', n: 2, data: { token: 'b' } },
    { kind: 'begin', n: 'x' },
  ].map((line) => fold.take(line))
  expect(kinds).toEqual(['line', 'begin', 'line', 'begin', 'void', 'void', 'line', 'void', 'end', 'void'])
  expect([fold.holder?.token, fold.hasEnded, fold.isContended]).toEqual(['b', true, false])
})
