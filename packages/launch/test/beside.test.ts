import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningAutopilot } from '@hotcb/autopilot/node'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Launcher, type LaunchOptions, planLaunch } from '../src/index.ts'
import { aiOverrides, startBeside, startRules } from '../src/node/beside.ts'
import type { DashboardOfRun, LaunchPorts } from '../src/node/ports.ts'
import { temporaryDirectory, training } from './live-run.ts'

const TRAININGS = { simple: training('true', { keyMetric: 'val_loss' }) }
const planOf = (options: LaunchOptions) => planLaunch({ config: 'simple', ...options }, TRAININGS)

const running: RunningAutopilot[] = []
afterEach(() => {
  for (const one of running.splice(0)) one.close()
})

/** Starts the rules for an empty run in `cwd`. */
function rules(options: LaunchOptions, { isAttached = false, dir = '' } = {}) {
  const cwd = temporaryDirectory()
  const run = dir === '' ? join(cwd, 'run') : dir
  mkdirSync(run, { recursive: true })
  writeFileSync(join(run, 'hotcb.commands.jsonl'), '')
  const notes: string[] = []
  const start = (): RunningAutopilot | null => {
    const rest = { note: (text: string) => void notes.push(text), onEvents: () => undefined, isAttached, cwd }
    const started = startRules(run, planOf(options), { ...rest, env: {}, beliefs: undefined })
    if (started !== null) running.push(started)
    return started
  }
  return { cwd, dir: run, notes, start }
}

const RULE = '{version: 2, rules: [{id: r, action: {set: {lr: x0.5}}, when: train_loss > 1}]}'

describe('rules', () => {
  test('run in the mode and with the metric that the launch specifies', () => {
    const { start, notes } = rules({ autopilot: 'suggest', keyMetric: 'f1:max' })
    const started = start()
    expect(started?.agent.mode).toBe('suggest')
    expect(started?.keyMetric).toEqual({ name: 'f1', direction: 'max' })
    expect(notes).toEqual([])
  })

  test('that are off do not run', () => {
    const { start, dir } = rules({})
    expect(start()).toBeNull()
    expect(() => readFileSync(join(dir, 'hotcb.autopilot.jsonl'))).toThrow('ENOENT')
  })

  test('in files are found relative to the directory of the launch, and a mistake in one is reported even while they are off', () => {
    for (const autopilot of ['off', 'suggest'] as const) {
      const { start, cwd } = rules({ autopilot, rules: ['mine.yaml'] })
      expect(start).toThrow(expect.objectContaining({ name: 'LaunchError', code: 'bad-option' }))
      expect(start).toThrow(`the rule file \`${join(cwd, 'mine.yaml')}\` does not exist`)
      writeFileSync(join(cwd, 'mine.yaml'), RULE)
      expect(start).not.toThrow()
    }
  })

  test('for a run that is already watched are refused at a start, and not started when attaching', () => {
    const first = rules({ autopilot: 'suggest' })
    first.start()
    expect(rules({ autopilot: 'suggest' }, { dir: first.dir }).start).toThrow(
      expect.objectContaining({ name: 'LaunchError', code: 'held', message: expect.stringContaining('is held by') }),
    )
    const attached = rules({ autopilot: 'suggest' }, { dir: first.dir, isAttached: true })
    expect(attached.start()).toBeNull()
    expect(attached.notes).toEqual([
      expect.stringMatching(/is held by .*: it keeps running, and a second one is not started$/),
    ])
  })

  test('with a model use the options of the launch, and a mistake in them is reported as a bad option', () => {
    expect(aiOverrides(planOf({ aiModel: 'm', aiBaseUrl: 'http://x', aiBudget: 0, aiCadence: 3 }))).toEqual({
      ...{ model: 'm', baseUrl: 'http://x', usd: 0, cadence: 3 },
    })
    expect(aiOverrides(planOf({}))).toEqual({})
    expect(rules({ autopilot: 'ai_auto', aiBaseUrl: 'nonsense' }).start).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })
})

/** The services that were started for a run, and those that were closed. */
async function beside(options: LaunchOptions, given: Partial<LaunchPorts>, autopilot: RunningAutopilot | null = null) {
  const closed: string[] = []
  const launcher = { close: () => void closed.push('launcher') } as Partial<Launcher> as Launcher
  const started = await startBeside(
    '/run',
    planOf(options),
    { trainings: TRAININGS, ...given },
    { autopilot, launcher },
  )
  return { started, closed, launcher }
}

describe('the dashboard of a run', () => {
  test('serves its directory at the configured address', async () => {
    const calls: DashboardOfRun[] = []
    const notes: string[] = []
    const startDashboard = async (options: DashboardOfRun) => {
      calls.push(options)
      return { address: 'http://x?token=t', notes: ['one', 'two'], close: async () => undefined }
    }
    const env = { A: '1' }
    const ports = { startDashboard, env, note: (text: string) => void notes.push(text) }
    const { started, launcher } = await beside({ host: '::1', port: 7 }, ports)
    expect([started.url, started.autopilot]).toEqual(['http://x?token=t', null])
    await beside({}, { startDashboard })
    expect(calls).toEqual([
      { dir: '/run', env, launcher, host: '::1', port: 7 },
      { dir: '/run', env: process.env, launcher: expect.anything() },
    ])
    expect(notes).toEqual(['one', 'two'])
  })

  test('is not started if the options disable it, or if this program has none', async () => {
    const startDashboard = (): never => {
      throw new Error('started')
    }
    const notes: string[] = []
    const note = (text: string) => void notes.push(text)
    expect((await beside({ serve: false }, { startDashboard, note })).started.url).toBeNull()
    expect((await beside({ serve: true }, { note })).started.url).toBeNull()
    expect(notes).toEqual([])
  })

  test('is closed together with the notifier, the rules and the launcher', async () => {
    const all: string[] = []
    const close = (name: string) => async () => void all.push(name)
    const ports: Partial<LaunchPorts> = {
      startDashboard: async () => ({ address: 'a', notes: [], close: close('dashboard') }),
      startNotifier: (dir) => ({ close: close(`notifier of ${dir}`) }),
    }
    const autopilot = { close: () => void all.push('rules') } as Partial<RunningAutopilot> as RunningAutopilot
    const { started, closed } = await beside({}, ports, autopilot)
    onTestFinished(() => void all.splice(0))
    expect(started.autopilot).toBe(autopilot)
    await started.close()
    expect([...all.sort(), ...closed]).toEqual(['dashboard', 'notifier of /run', 'rules', 'launcher'])
  })
})
