import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlDescription, JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type AutopilotEvent, createRuleEngine, DEFAULT_LIMITS, isMode, readRuleFile } from '../src/index.ts'

/** A recorded decision of hotcb 2. */
interface Recorded {
  readonly title: string
  readonly mode: string
  readonly guidelines: string
  readonly feed: readonly { readonly step: number; readonly metrics: Readonly<Record<string, number | null>> }[]
  readonly fired: readonly {
    readonly step: number
    readonly rule: string
    readonly status: string
    readonly confidence: string
  }[]
  readonly commands: readonly { readonly module: string; readonly op: string; readonly params: JsonObject }[]
}

const FOLDER = join(import.meta.dirname, 'fixtures/recorded')
const CASES = readdirSync(FOLDER)
  .sort()
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Recorded)
// Random guidelines over records that lack some metrics, as hotcb 2 decides them.
const GAPS = JSON.parse(readFileSync(join(FOLDER, '../recorded-gaps.json'), 'utf8')) as readonly Recorded[]

test.each([...CASES, ...GAPS].map((one) => [one.title, one]))('as hotcb 2 decided: %s', (_title, recorded) => {
  const read = readRuleFile(recorded.guidelines, { file: 'guidelines.yaml' })
  if (!read.ok) {
    // A file with a mistake is refused with its line; hotcb 2 reports nothing and never fires.
    expect(read.reason).toMatch(/^guidelines\.yaml:\d+:\d+: /)
    expect(recorded.fired).toEqual([])
    return
  }
  const mode = isMode(recorded.mode) ? recorded.mode : 'off'
  const engine = createRuleEngine(read.value, { mode, keyMetric: null, limits: DEFAULT_LIMITS, n: 1 })
  const events: AutopilotEvent[] = []
  for (const { step, metrics } of recorded.feed) {
    const controls = controlsOf(metrics)
    const seen = { step, epoch: null, metrics, controls: () => controls, isFrozen: false, isPaused: false, total: null }
    const given = engine.look({ ...seen, lines: answers(events) })
    events.push(...given)
  }
  const fired = events.flatMap((event) => {
    if (event.kind !== 'act' && event.kind !== 'propose') return []
    const { step, rule, confidence } = event
    return [{ step, rule, status: event.kind === 'act' ? 'applied' : 'proposed', confidence }]
  })
  expect(fired).toEqual(
    recorded.fired.map(({ step, rule, status, confidence }) => ({ step, rule, status, confidence })),
  )
  const commands = events.flatMap((event) => {
    if (event.kind !== 'act') return []
    const { module, op, params } = event.command
    return [{ module, op, params }]
  })
  expect(commands).toEqual(recorded.commands.map(({ module, op, params }) => ({ module, op, params })))
})

/** Returns controls with the values that the run reports. */
function controlsOf(metrics: Readonly<Record<string, number | null>>): readonly ControlDescription[] {
  return ['lr', 'weight_decay'].flatMap((key) => {
    const current = metrics[key]
    if (typeof current !== 'number') return []
    const bounds = { min: 0, max: 100, step: null, log_base: null, choices: null }
    return [{ param_key: key, type: 'float', label: key, group: 'optimizer', current, state: 'verified', ...bounds }]
  })
}

/** The trainer applies each command at its next step. */
function answers(events: readonly AutopilotEvent[]) {
  return events.flatMap((event, i) => {
    if (event.kind !== 'act') return []
    const { module, op, params = null, cid } = event.command
    const nothing = {
      epoch: null,
      event: null,
      phase: null,
      error: null,
      traceback: null,
      notes: null,
      writer: null,
      offset: null,
    }
    const more = { author: null, call: 0, old: null, of: null, reverts: null, attempt: 1, ranks: null, wall_time: 0 }
    const line = {
      seq: i + 1,
      step: event.step,
      module,
      op,
      id: 'main',
      source: 'autopilot',
      decision: 'applied' as const,
    }
    return [{ ...nothing, ...more, ...line, params, payload: params, cid }]
  })
}
