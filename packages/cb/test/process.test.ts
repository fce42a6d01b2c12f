import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readLedger, temporaryFolder } from './support.ts'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const PROGRAM = fileURLToPath(new URL('programs/train.ts', import.meta.url))

function train(dir: string, ...args: readonly string[]): Promise<Ended> {
  const flags = ['-C', '@hotcb/source', '--import', 'jiti/register', PROGRAM, dir, ...args]
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  return new Promise((resolve) => {
    execFile(process.execPath, flags, { cwd }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

function plan(dir: string, id: string, source: string, symbol: string): void {
  writeFileSync(join(dir, `${id}.mjs`), source)
  const target = { kind: 'file', path: `${id}.mjs`, symbol }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ module: 'cb', op: 'load', id, target })}\n`)
}

function decisions(dir: string): unknown[] {
  const lines = readLedger(dir).filter((line) => line.module === 'cb')
  return lines.map(({ op, id, decision, source, notes }) => ({ op, id, decision, source, notes }))
}

test('leaked rejections and exceptions are contained, and disable their callback', async () => {
  const dir = temporaryFolder()
  plan(dir, 'good', 'export const good = () => ({ handle(event, env) { env.log("step " + env.step) } })', 'good')
  plan(
    dir,
    'leaky',
    `export class Leaky {
      handle(event, env) { if (env.step === 3) this.start() }
      async start() { await null; this.deeper() }
      async deeper() { await null; throw new Error('nobody waits for this') }
    }`,
    'Leaky',
  )
  plan(
    dir,
    'timer',
    `export class Timer { handle(event, env) { if (env.step === 5) setTimeout(() => { throw new Error('in a timer') }, 1) } }`,
    'Timer',
  )
  plan(
    dir,
    'promising',
    'export const make = () => ({ handle: async (e, env) => { if (env.step === 7) throw new Error("no") } })',
    'make',
  )
  const { code, stdout } = await train(dir, '20')
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'trained\n' })
  const told = decisions(dir).slice(4)
  expect(told).toEqual([
    {
      op: 'disable',
      id: 'leaky',
      decision: 'applied',
      source: 'kernel',
      notes: expect.stringMatching(/^leaked a rejection at step 3: Error: nobody waits for this/),
    },
    {
      op: 'disable',
      id: 'timer',
      decision: 'applied',
      source: 'kernel',
      notes: expect.stringMatching(/^leaked an exception at step \d+: Error: in a timer/),
    },
    {
      op: 'disable',
      id: 'promising',
      decision: 'applied',
      source: 'kernel',
      notes: expect.stringMatching(/^rejected at step 7, train_step_end: Error: no/),
    },
  ])
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8')
  expect(log).toContain('[cb good] step 19')
  expect(log).toMatch(/\[cb leaky\] +at .*leaky\.mjs:4/)
})

test('an error in the trainer itself still ends the process, with code 1 and its trace', async () => {
  const dir = temporaryFolder()
  plan(dir, 'good', 'export const good = () => ({ handle() {} })', 'good')
  const { code, stdout, stderr } = await train(dir, '3', 'own-rejection')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('the trainer itself is wrong')
})

test('a callback that blocks is reported while it blocks, on stderr, in the log and in status', async () => {
  const dir = temporaryFolder()
  plan(
    dir,
    'blocker',
    // On a busy machine, the thread that reports it may be late. The next event ends the call for that thread.
    `import { existsSync, readFileSync } from 'node:fs'
    const cell = new Int32Array(new SharedArrayBuffer(4))
    const path = ${JSON.stringify(join(dir, 'hotcb.log'))}
    const log = () => (existsSync(path) ? readFileSync(path, 'utf8') : '')
    export const blocker = () => ({ handle(event, env) {
      if (env.step === 2) while (log().split('has been running').length < 3) Atomics.wait(cell, 0, 0, 20)
      if (env.step === 3) while (!log().includes('[cb blocker] returned after')) Atomics.wait(cell, 0, 0, 20)
    } })`,
    'blocker',
  )
  const { code, stderr } = await train(dir, '30')
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /hotcb: callback `blocker` has been running for \d+\.\d s at step 2: training is waiting for it/,
  )
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8')
  expect(log).toMatch(/\[cb blocker\] has been running for/)
  expect(log).toMatch(/\[cb blocker\] returned after about \d+\.\d s/)
  const state = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
  expect(state.modules.cb.blocker).toMatchObject({ enabled: true, calls: 30, errors: 0 })
  expect(state.modules.cb.blocker.max_ms).toBeGreaterThan(500)
})

test('work started by a constructor or a file’s top level is also contained, and an old version cannot disable the new one', async () => {
  const dir = temporaryFolder()
  const early = (where: string): string => `
    ${where === 'top' ? 'setTimeout(() => { throw new Error("from the top") }, 5)' : ''}
    export class Early {
      constructor() { ${where === 'new' ? 'setTimeout(() => { throw new Error("from the making") }, 5)' : ''} }
      handle() {}
    }`
  plan(dir, 'top', early('top'), 'Early')
  plan(dir, 'made', early('new'), 'Early')
  plan(dir, 'old', early('new'), 'Early')
  writeFileSync(join(dir, 'new.mjs'), early('none'))
  const target = { kind: 'file', path: 'new.mjs', symbol: 'Early' }
  appendFileSync(
    join(dir, 'hotcb.commands.jsonl'),
    `${JSON.stringify({ module: 'cb', op: 'load', id: 'old', target })}\n`,
  )
  const { code, stdout } = await train(dir, '30')
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'trained\n' })
  const disabled = readLedger(dir).filter((line) => line.op === 'disable')
  expect(disabled.map(({ id, notes }) => [id, notes?.replace(/\d+/, 'N')]).sort()).toEqual([
    ['made', 'leaked an exception at step N: Error: from the making'],
    ['top', 'leaked an exception at step N: Error: from the top'],
  ])
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8')
  expect(log).toContain('[cb old] leaked an exception after it was unloaded or replaced: Error: from the making')
})

test('a callback that ends the process is reported on stderr and in the log, and the ledger is intact', async () => {
  const dir = temporaryFolder()
  plan(
    dir,
    'leaver',
    'export const leaver = () => ({ handle(e, env) { if (env.step === 3) process.exit(5) } })',
    'leaver',
  )
  const { code, stdout, stderr } = await train(dir, '20')
  expect({ code, stdout, stderr }).toEqual({
    code: 5,
    stdout: '',
    stderr: 'hotcb: callback `leaver` terminated the process with code 5\n',
  })
  expect(readFileSync(join(dir, 'hotcb.log'), 'utf8')).toContain(
    '[cb leaver] terminated the process with code 5 at step 3\n',
  )
  expect(decisions(dir)).toEqual([{ op: 'load', id: 'leaver', decision: 'applied', source: 'external', notes: null }])
  // A restart can unload it before its first step.
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ module: 'cb', op: 'unload', id: 'leaver' })}\n`)
  expect(await train(dir, '20')).toMatchObject({ code: 0, stdout: 'trained\n' })
})
