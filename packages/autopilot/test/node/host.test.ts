import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { openRun } from '@hotcb/run/node'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type HostOptions, type RunningAutopilot, readAutopilotStatus, runAutopilot } from '../../src/node.ts'
import type { AutopilotEvent } from '../../src/types.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

const rule = (id: string, bound: number): string =>
  `version: 2\nrules:\n  - {id: ${id}, when: "loss > ${bound}", action: {set: {lr: x0.5}}, cooldown: 10, settle: 0, confidence: high}\n`

interface Watched {
  readonly steered: SteeredRun
  readonly notes: string[]
  readonly events: AutopilotEvent[]
  readonly host: RunningAutopilot
}

function watch(files: Readonly<Record<string, string>> = {}, options: Partial<HostOptions> = {}): Watched {
  const steered = steeredRun()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(steered.dir, name), text)
  const notes: string[] = []
  const events: AutopilotEvent[] = []
  const host = runAutopilot(steered.dir, {
    env: { XDG_STATE_HOME: steered.dir },
    note: (text) => notes.push(text),
    onEvents: (given) => events.push(...given),
    ...options,
  })
  onTestFinished(() => host.close())
  return { steered, notes, events, host }
}

function record(dir: string, step: number, loss: number): void {
  const line = { step, wall_time: 1_700_000_000 + step, metrics: { loss } }
  appendFileSync(join(dir, runFiles.metrics), `${JSON.stringify(line)}\n`)
}

test('a run without a config is watched in suggest, with the built-in rules and no configured key metric', () => {
  const { host, steered } = watch()
  expect([host.agent.mode, host.keyMetric]).toEqual(['suggest', null])
  expect(readAutopilotStatus(openRun(steered.dir))).toMatchObject({ mode: 'suggest', holder: { isAlive: true } })
})

test('an autopilot checks for new records every 300 ms, and records a decision before it reports it', () => {
  const { steered, events, host } = watch({
    'hotcb.autopilot.yaml': 'mode: auto\nrules: [r.yaml]\n',
    'r.yaml': rule('high', 1),
  })
  record(steered.dir, 1, 2)
  vi.advanceTimersByTime(299)
  expect(events).toEqual([])
  vi.advanceTimersByTime(1)
  expect(events).toMatchObject([{ kind: 'act', rule: 'high' }])
  expect(readAutopilotStatus(openRun(steered.dir))).toMatchObject({ queued: 1, applied: 0, open: [] })
  steered.step()
  vi.advanceTimersByTime(300)
  expect(steered.rate()).toBe(0.025)
  expect(readAutopilotStatus(openRun(steered.dir))).toMatchObject({ queued: 0, applied: 1 })
  host.close()
  record(steered.dir, 30, 0.5)
  record(steered.dir, 31, 2)
  vi.advanceTimersByTime(5000)
  expect(events.filter(({ kind }) => kind === 'act')).toHaveLength(1)
})

test('options take precedence over the config', () => {
  const files = {
    'hotcb.autopilot.yaml': 'mode: auto\nkey_metric: {name: a, direction: min}\nrules: [none.yaml]\n',
    'r.yaml': rule('high', 1),
  }
  const keyMetric = { name: 'b', direction: 'max' } as const
  const { host } = watch(files, { mode: 'off', keyMetric, rules: ['r.yaml'] })
  expect([host.agent.mode, host.keyMetric]).toEqual(['off', keyMetric])
})

test('a changed config is read again within two seconds, and one with a mistake is reported once', () => {
  const { steered, notes, host, events } = watch({
    'hotcb.autopilot.yaml': 'mode: suggest\nrules: [r.yaml]\n',
    'r.yaml': rule('high', 10),
  })
  record(steered.dir, 1, 2)
  vi.advanceTimersByTime(1900)
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), 'mode: auto\nrules: [r.yaml]\n# longer\n')
  vi.advanceTimersByTime(99)
  expect(host.agent.mode).toBe('suggest')
  vi.advanceTimersByTime(1)
  expect(host.agent.mode).toBe('auto')
  // So is a rule file.
  writeFileSync(join(steered.dir, 'r.yaml'), rule('lower', 1))
  vi.advanceTimersByTime(2000)
  record(steered.dir, 2, 0.5)
  record(steered.dir, 3, 2)
  vi.advanceTimersByTime(300)
  expect(events.map((event) => ('rule' in event ? event.rule : event.kind))).toEqual(['lower'])
  expect(notes).toEqual([])
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), 'mode: atuo\n')
  vi.advanceTimersByTime(10_000)
  expect(notes).toEqual([expect.stringMatching(/atuo.*did you mean `auto`\?; the previous version stays in effect$/)])
  expect(host.agent.mode).toBe('auto')
  rmSync(join(steered.dir, 'r.yaml'))
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), 'mode: off\nrules: [r.yaml]\n')
  vi.advanceTimersByTime(2000)
  expect(notes).toHaveLength(2)
  expect(notes[1]).toMatch(/rule file .* does not exist/)
})

test('a mode that was set by other means remains until the config contains another one', () => {
  const { steered, host } = watch({ 'hotcb.autopilot.yaml': 'mode: suggest\n' }, { mode: 'auto' })
  expect(host.agent.mode).toBe('auto')
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), 'mode: suggest\n# a comment\n')
  vi.advanceTimersByTime(2000)
  expect(host.agent.mode).toBe('auto')
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), 'mode: off\n')
  vi.advanceTimersByTime(2000)
  expect(host.agent.mode).toBe('off')
})

test('a second autopilot is refused unless it takes over; the first one then ends and reports who took over', async () => {
  const { steered, host, notes } = watch()
  const options = { env: {}, note: () => {} }
  expect(() => runAutopilot(steered.dir, options)).toThrow()
  const second = runAutopilot(steered.dir, { ...options, takeOver: true })
  onTestFinished(() => second.close())
  vi.advanceTimersByTime(300)
  await expect(host.ended).resolves.toBe('superseded')
  expect(notes).toEqual([expect.stringMatching(/^another autopilot has taken over this run: ./)])
  second.close()
  await expect(second.ended).resolves.toBe('closed')
})

test('a mistake in the config is refused before anything is written', () => {
  const steered = steeredRun()
  const options = { env: { XDG_STATE_HOME: steered.dir }, note: () => {} }
  for (const [text, reason] of [
    ['mode: atuo\n', 'did you mean `auto`?'],
    ['rules: [none.yaml]\n', /the rule file .* does not exist/],
    ['mode: ai_auto\nai: {base_url: "ftp://x"}\n', 'ftp'],
  ] as const) {
    writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), text)
    expect(() => runAutopilot(steered.dir, options), text).toThrow(reason)
  }
  expect(readAutopilotStatus(steered.run).holder).toBe(null)
})

test('without a key for the model only rules are used, which is reported; a switch to a rule mode ends this', async () => {
  const config = (mode: string, more = ''): string => `mode: ${mode}\nai: {cadence: 20${more}}\n`
  const { steered, host, notes } = watch({ 'hotcb.autopilot.yaml': config('ai_suggest') })
  expect(host.agent.mode).toBe('ai_suggest')
  for (let step = 1; step < 50; step++) record(steered.dir, step, 1)
  vi.advanceTimersByTime(300)
  await vi.waitFor(() => expect(notes.join()).toContain('an API key for `api.openai.com` is missing'))
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), config('suggest'))
  vi.advanceTimersByTime(2000)
  expect(host.agent.mode).toBe('suggest')
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), config('ai_auto', ', base_url: "ftp://x"'))
  vi.advanceTimersByTime(2000)
  expect(notes.at(-1)).toContain('the previous version stays in effect')
  expect(host.agent.mode).toBe('suggest')
  writeFileSync(join(steered.dir, 'hotcb.autopilot.yaml'), config('ai_auto'))
  vi.advanceTimersByTime(2000)
  expect(host.agent.mode).toBe('ai_auto')
})
