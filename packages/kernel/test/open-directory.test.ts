import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { VERSION } from '../src/version.ts'
import { command, ledger, runDir, toyTrainer } from './run-dir.ts'

const documentOf = (dir: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))

test('opening writes the first line of the attempt, and documents with the identity of the process and its controls', () => {
  const dir = runDir()
  const before = Date.now() / 1000
  openKernel(dir, { state: toyTrainer().state }).close()
  const [line] = ledger(dir)
  expect(line).toMatchObject({
    seq: 1,
    module: 'core',
    op: 'attempt',
    source: 'kernel',
    decision: 'applied',
    attempt: 1,
  })
  expect(line?.payload).toEqual({ n: 1, token: expect.stringMatching(/^[0-9a-f]{16}$/), step: null, cut: false })
  expect(line?.wall_time).toBeGreaterThanOrEqual(before)
  expect(line?.wall_time).toBeLessThanOrEqual(Date.now() / 1000)
  expect(documentOf(dir)['kernel']).toEqual({
    name: '@hotcb/kernel',
    version: VERSION,
    pid: process.pid,
    host: hostname(),
    attempt: 1,
    start: expect.anything(),
  })
  const controls = JSON.parse(readFileSync(join(dir, 'hotcb.actuators.json'), 'utf8'))
  expect(controls.controls.map(({ param_key }: { param_key: string }) => param_key)).toContain('lr')
})

test('each attempt has a different token', () => {
  const dir = runDir()
  for (let i = 0; i < 3; i++) openKernel(dir).close()
  expect(new Set(ledger(dir).map(({ payload }) => payload?.['token'])).size).toBe(3)
})

test('folders that a killed process left among the checkpoints are cleaned up, and the log lists successes and failures', () => {
  const dir = runDir()
  const said: string[] = []
  const open = (): void => openKernel(dir, { log: (message) => said.push(message) }).close()
  const folder = join(dir, 'hotcb.checkpoints')
  mkdirSync(join(folder, '.replaced-1-999999999-5-~best'), { recursive: true })
  open()
  expect(readdirSync(folder)).toEqual(['best'])
  expect(said.splice(0)).toEqual(['checkpoint `best` was restored: its replacement was not completed'])
  // Two days old; the name that it gets while it is deleted would be too long.
  const old = join(folder, `.saving-1-999999999-5-~${'a'.repeat(225)}`)
  mkdirSync(old)
  utimesSync(old, Date.now() / 1000 - 200_000, Date.now() / 1000 - 200_000)
  open()
  expect(said).toEqual([expect.stringMatching(/^`.*hotcb\.checkpoints` could not be cleaned up: ENAMETOOLONG/)])
})

test('a pause blocks the thread by default, and yields to the event loop in `applyAsync`', async () => {
  const dir = runDir()
  const kernel = openKernel(dir, { lookMs: 0 })
  command(dir, { cid: 'p', module: 'core', op: 'pause' })
  const paused = kernel.applyAsync({ step: 0 })
  await new Promise((resolve) => setTimeout(resolve, 30))
  command(dir, { cid: 'r', module: 'core', op: 'resume' })
  expect(await paused).toMatchObject({ paused: false })
  kernel.close()
  expect(readFileSync(join(dir, 'hotcb.log'), 'utf8')).toMatch(/\[hotcb\.kernel\] paused\n/)
  const other = runDir()
  const blocked = openKernel(other, { lookMs: 0, sleep: { block: () => false } })
  command(other, { cid: 'p', module: 'core', op: 'pause' })
  expect(blocked.apply({ step: 0 })).toMatchObject({ paused: true })
  blocked.close()
  expect(readFileSync(join(other, 'hotcb.log'), 'utf8')).toMatch(
    /\] paused: this blocks the thread, so no signal handler/,
  )
})

test('checkpoint handlers may be an object without a prototype or a class instance, and each must be a function', () => {
  const bare: object = Object.assign(Object.create(null), { save: () => undefined })
  openKernel(runDir(), { checkpoints: bare }).close()
  const unknown: object = Object.assign(Object.create(null), { saves: () => undefined })
  expect(() => openKernel(runDir(), { checkpoints: unknown })).toThrow('`checkpoints` has no option `saves`')
  class Store {
    readonly save = 'x'
  }
  expect(() => openKernel(runDir(), { checkpoints: new Store() as never })).toThrow(
    '`checkpoints.save` of `openKernel` must be a function, got "x"',
  )
  expect(() => openKernel(runDir(), { checkpoints: { load: 3 } as never })).toThrow(
    '`checkpoints.load` of `openKernel` must be a function, got 3',
  )
  openKernel(runDir(), { checkpoints: { load: undefined } as never }).close()
})
