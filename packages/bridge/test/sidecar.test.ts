import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { metricsRecord, PAGE, textRecord, WIRE_VERSION } from '../src/index.ts'
import { runDir } from './program.ts'

const made = mkdtempSync(join(tmpdir(), 'hotcb-sidecar-'))
const program = join(made, 'sidecar.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('../src/node/sidecar.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@hotcb/source', 'node', 'import'],
    // The Python package does the same.
    alias: { jiti: fileURLToPath(new URL('../scripts/no-compiler.mjs', import.meta.url)) },
  })
})

afterAll(() => rmSync(made, { recursive: true, force: true }))

interface Started {
  readonly child: ChildProcess
  readonly page: number
  say(message: object): void
  answer(message: object): void
  /** Returns the next line. */
  hear(): Promise<Record<string, unknown>>
  ended(): Promise<number | null>
}

function start(): Started {
  const page = openSync(join(made, `page-${Math.random()}`), 'w+')
  ftruncateSync(page, PAGE.bytes)
  const child = spawn(process.execPath, [program, '3', '4'], { stdio: ['pipe', 'pipe', 'inherit', 'pipe', page] })
  const [stdin, stdout, , answers] = child.stdio
  if (stdin === null || stdout === null) throw new Error('the sidecar has no pipes')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  return {
    child,
    page,
    say: (message) => void stdin.write(`${JSON.stringify(message)}\n`),
    answer: (message) => void (answers as Writable).write(`${JSON.stringify(message)}\n`),
    hear: async () => JSON.parse(String((await lines.next()).value)),
    ended: async () => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      closeSync(page)
      return child.exitCode
    },
  }
}

const opening = (dir: string): object => ({
  k: 'open',
  bridge: WIRE_VERSION,
  run_dir: dir,
  controls: [{ key: 'heat', type: 'float', group: 'custom', initial: [1] }],
  identity: { pid: process.pid, host: 'here' },
  continue: 'history',
  paused: false,
  metrics: {},
  handlers: { save: false, load: false },
  shapes: [],
})

test('a sidecar sends its versions, sends requests during a contact, and exits with the training', async () => {
  const dir = runDir()
  const sidecar = start()
  expect(await sidecar.hear()).toMatchObject({ k: 'hello', bridge: WIRE_VERSION })
  sidecar.say({ k: 'dance' })
  expect(await sidecar.hear()).toMatchObject({ k: 'error', code: 'bad-line' })
  sidecar.say(opening(dir))
  expect(await sidecar.hear()).toMatchObject({ k: 'done', seq: 1, attempt: 1 })
  // Ctrl-C in a terminal reaches the whole process group.
  sidecar.child.kill('SIGINT')
  const op = { module: 'custom', op: 'set_params', params: { heat: 2 }, cid: 'a' }
  sidecar.say({ k: 'apply', env: { step: 3 }, events: ['e'], call: 0, head: 0, submits: [op] })
  expect(await sidecar.hear()).toEqual({ k: 'set', i: 0, v: [2], seq: 2, cid: 'a' })
  sidecar.answer({ v: null })
  expect(await sidecar.hear()).toMatchObject({ k: 'done', seq: 2, written: 2 })
  sidecar.say({ k: 'close', head: 0 })
  expect(await sidecar.hear()).toMatchObject({ k: 'done' })
  expect(await sidecar.ended()).toBe(0)
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))).toMatchObject({
    closed: true,
    step: 3,
    kernel: { pid: process.pid },
  })
})

test("a sidecar writes a killed trainer's last metrics, and records no end of the training", async () => {
  const dir = runDir()
  const sidecar = start()
  await sidecar.hear()
  sidecar.say(opening(dir))
  await sidecar.hear()
  const records = [textRecord('names', 0, ['loss'])]
  for (let step = 0; step < 100; step++)
    records.push(metricsRecord(0, { step, epoch: null, wallTime: 1, values: [step] }))
  const bytes = Buffer.concat(records)
  writeSync(sidecar.page, bytes, 0, bytes.length, PAGE.ring)
  const head = Buffer.alloc(8)
  head.writeBigInt64LE(BigInt(bytes.length))
  writeSync(sidecar.page, head, 0, 8, PAGE.head)
  sidecar.child.stdin?.end()
  expect(await sidecar.ended()).toBe(0)
  const lines = readFileSync(join(dir, 'hotcb.metrics.jsonl'), 'utf8').trim().split('\n')
  expect(lines).toHaveLength(100)
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))).toMatchObject({ closed: false })
})
