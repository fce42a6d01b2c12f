import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, onTestFinished, test, vi } from 'vitest'
import { hostMark } from '../src/node/paths.ts'
import { SweepError } from '../src/node/sweep-error.ts'
import { drive, openWorkspace } from '../src/node.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

// The ways in which a driver ends, without real trials: the only running trial is this process.

const YAML = 'name: t\nlauncher: ./l.sh\ngrid: all\nparameters:\n  lr: {type: discrete, values: [1, 2]}\n'

/** A sweep with a running trial, or with no called trials. */
async function sweepWith(isRunning: boolean) {
  const sweep = await writtenWorkspace(YAML, [{ lr: 1 }, { lr: 2 }], ...(isRunning ? attemptIn(0, 'running') : []))
  const { marks, driver } = sweep.workspace.paths
  mkdirSync(join(marks, '0'), { recursive: true })
  symlinkSync(`local:${hostMark()}:${process.pid}:${processStart()}:5:`, join(marks, '0/0-1'))
  const failOnce = (error: Error) => vi.spyOn(sweep.workspace.journal, 'refresh').mockImplementationOnce(() => { throw error }) // biome-ignore format: short
  return { ...sweep, driver, failOnce }
}

test('a driver is done when nothing is left to do, and removes its sign of life', async () => {
  const { workspace, driver } = await sweepWith(false)
  const onTick = vi.fn()
  expect(await drive(workspace, { onTick })).toBe('done')
  expect([onTick.mock.calls.length, existsSync(driver)]).toEqual([1, false])
})

test('a driver with work to do shows a sign of life until it is interrupted, even while it waits', async () => {
  const { workspace, driver } = await sweepWith(true)
  const abort = new AbortController()
  const signs: { pid: number; every: number }[] = []
  const onTick = () => {
    signs.push(JSON.parse(readFileSync(driver, 'utf8')))
    if (signs.length === 1) setTimeout(() => abort.abort(), 0)
  }
  // Half an hour is longer than this test may take.
  expect(await drive(workspace, { everyMs: 1_800_000, signal: abort.signal, onTick })).toBe('interrupted')
  expect(signs.map(({ pid, every }) => [pid, every])).toEqual([[process.pid, 1800]])
  expect(existsSync(driver)).toBe(false)
  const ticks = vi.fn()
  const again = new AbortController()
  ticks.mockImplementation(() => ticks.mock.calls.length === 3 && again.abort())
  expect(await drive(workspace, { everyMs: 1, signal: again.signal, onTick: ticks })).toBe('interrupted')
  expect(ticks).toHaveBeenCalledTimes(3)
  ticks.mockReset()
  expect(await drive(workspace, { everyMs: 1_800_000, signal: AbortSignal.abort(), onTick: ticks })).toBe('interrupted')
  expect(ticks).toHaveBeenCalledTimes(1)
})

test('a single check shows no sign of life', async () => {
  const { workspace, driver } = await sweepWith(true)
  let hadSign = true
  const onTick = () => {
    hadSign = existsSync(driver)
  }
  expect(await drive(workspace, { once: true, onTick })).toBe('once')
  expect(hadSign).toBe(false)
})

test('a driver ends if another one is running', async () => {
  const { workspace, driver } = await sweepWith(true)
  const sign = { host: hostMark(), pid: process.ppid, start: null, every: 1, tick_at: 0 }
  writeFileSync(driver, JSON.stringify(sign))
  expect(await drive(workspace)).toBe('driven')
  expect(JSON.parse(readFileSync(driver, 'utf8'))).toEqual(sign)
  writeFileSync(driver, JSON.stringify({ ...sign, pid: process.pid, start: processStart() }))
  expect(await drive(workspace, { once: true })).toBe('once')
})

test('a driver continues after a temporary problem, and reports it', async () => {
  const { workspace, failOnce } = await sweepWith(false)
  const problems: string[] = []
  const onTrouble = (message: string) => void problems.push(message)
  failOnce(new SweepError('claimed', 'another process is writing to this workspace'))
  expect(await drive(workspace, { everyMs: 1, onTrouble })).toBe('done')
  failOnce(new SweepError('full', 'the journal cannot be written: /x/y: no space left on device'))
  expect(await drive(workspace, { everyMs: 1, onTrouble })).toBe('done')
  expect(problems).toEqual([
    'another process is writing to this workspace',
    `cannot write to \`${workspace.paths.state}\`: no space left on device`,
  ])
  failOnce(Object.assign(new Error('EDQUOT: quota'), { code: 'EDQUOT' }))
  expect(await drive(workspace, { everyMs: 1 })).toBe('done')
})

test('a driver ends with a permanent problem, and a single check ends with any problem', async () => {
  const { workspace, failOnce } = await sweepWith(false)
  const onTrouble = vi.fn()
  for (const [error, once] of [
    [new SweepError('superseded', 'taken over'), false],
    [new Error('a fault'), false],
    [new SweepError('claimed', 'busy'), true],
  ] as const) {
    failOnce(error)
    await expect(drive(workspace, { everyMs: 1, once, onTrouble })).rejects.toBe(error)
  }
  expect(onTrouble).not.toHaveBeenCalled()
})

test('a driver that started before the sweep, and one with a permanent problem, leave no sign of life', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sweep-drive-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'hyperherd.yaml'), YAML)
  const empty = openWorkspace(root)
  onTestFinished(() => empty.close())
  await expect(drive(empty)).rejects.toThrow('no sweep has been started in')
  expect(existsSync(empty.paths.driver)).toBe(false)
  const { workspace, driver } = await sweepWith(true)
  const fault = new Error('a fault')
  vi.spyOn(workspace.clock, 'now').mockImplementation(() => {
    if (existsSync(driver)) throw fault
    return 0
  })
  await expect(drive(workspace, { everyMs: 1 })).rejects.toBe(fault)
  expect(existsSync(driver)).toBe(false)
})
