import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTail, readDocument, replaceDocument, type TailLine, watchDocument } from '../src/index.ts'
import { buildJournal } from './built.ts'
import { referenceLines } from './reference.ts'

let directory: string
let journal: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-processes-'))
  journal = buildJournal(directory)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function run(script: string): ChildProcess {
  const source = `import * as journal from ${JSON.stringify(journal)}\n${script}`
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'inherit', 'inherit'] })
}

test('a tail returns each of a thousand lines from ten processes once, complete and in each writer’s order', async () => {
  const path = join(directory, 'shared.jsonl')
  const tail = openTail(path)
  const lines: TailLine[] = []
  const writers = Array.from({ length: 10 }, (_, writer) =>
    run(`
      const appender = journal.openAppender(${JSON.stringify(path)})
      for (let n = 0; n < 1000; n++) {
        // Some lines are longer than a memory page, so that the kernel does not write them in one step.
        const text = '€'.repeat(n % 50 === 0 ? 5000 : n % 70)
        if (appender.append(JSON.stringify({ writer: ${writer}, n, text }) + '\\n') !== null) process.exit(1)
      }
      appender.close()`),
  )
  const exits = Promise.all(writers.map(async (child) => (await once(child, 'exit'))[0]))
  let codes: number[] | undefined
  void exits.then((all) => {
    codes = all
  })
  while (codes === undefined || tail.look()) {
    const batch = tail.look() ? tail.read(65_536) : undefined
    expect(batch?.reset ?? null).toBeNull()
    lines.push(...(batch?.lines ?? []))
    await new Promise(setImmediate)
  }
  tail.close()
  expect(codes).toEqual(Array(10).fill(0))
  expect(lines).toEqual(referenceLines(readFileSync(path)).lines)
  const next = Array<number>(10).fill(0)
  for (const line of lines) {
    const { writer, n, text } = JSON.parse(line.text)
    expect([n, text.length]).toEqual([next[writer], n % 50 === 0 ? 5000 : n % 70])
    next[writer] = n + 1
  }
  expect(next).toEqual(Array(10).fill(1000))
})

test('a document that is replaced repeatedly is never read in part, and its last version is not missed', async () => {
  const path = join(directory, 'document.json')
  const text = (n: number) => JSON.stringify({ n, body: String(n % 10).repeat(1000 * (1 + (n % 9))) })
  replaceDocument(path, text(0))
  const watch = watchDocument(path)
  const child = run(`
    for (let n = 1; n <= 2000; n++)
      journal.replaceDocument(${JSON.stringify(path)}, JSON.stringify({ n, body: String(n % 10).repeat(1000 * (1 + (n % 9))) }))`)
  let code: number | null = null
  child.on('exit', (exit) => {
    code = exit
  })
  let last = 0
  let seen = 0
  while (code === null || watch.changed()) {
    for (let spin = 0; spin < 50; spin++) {
      const whole = watch.changed() ? watch.read() : (readDocument(path)?.text ?? null)
      const { n } = JSON.parse(whole ?? '') as { n: number }
      if (whole !== text(n) || n < last) throw new Error(`torn or old: ${n} after ${last}`)
      if (n > last) seen++
      last = n
    }
    await new Promise(setImmediate)
  }
  watch.close()
  expect([code, last]).toEqual([0, 2000])
  expect(seen).toBeGreaterThan(0)
  expect(readdirSync(directory).filter((name) => name.includes('.tmp'))).toEqual([])
})
