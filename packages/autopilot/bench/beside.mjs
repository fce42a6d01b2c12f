// What the agent beside a trainer costs: 50 rules over 200 metrics, a record a step, next to JSON.parse of the same lines; the fold of
// 1,000 proposals; and the start on a run of a million steps. Prints one JSON object.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_LIMITS, foldAutopilotHistory, readRuleFile } from '@hotcb/autopilot'
import { openAgent } from '@hotcb/autopilot/node'
import { quantile } from '../../kernel/bench/measure.mjs'

const METRICS = 200
const RULES = 50
const STEPS = 2000
const ROUNDS = 7

function rulesText() {
  const conditions = ['divergence', 'spike', 'plateau', 'nan']
  const rules = Array.from({ length: RULES }, (_, i) =>
    i % 5 === 4
      ? `  - {id: r${i}, when: "m${i} > 1e6 and mean(m${i}, 20) > 1e6", action: {do: notify}}`
      : `  - {id: r${i}, condition: ${conditions[i % 4]}, metric: m${i}, action: {do: notify}}`,
  )
  return `version: 2\nrules:\n${rules.join('\n')}\n`
}

function lines(first) {
  return Array.from({ length: STEPS }, (_, i) => {
    const step = first + i
    const metrics = {}
    for (let m = 0; m < METRICS; m++)
      metrics[`m${m}`] = 1 + 1 / (step + 1 + m) + Math.sin(step * 12.9898 + m * 78.233) / 50
    return JSON.stringify({ step, epoch: null, wall_time: 1.7e9 + step, metrics })
  })
}

function within(use) {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  try {
    return use(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function agentOf(dir) {
  const read = readRuleFile(rulesText())
  if (!read.ok) throw new Error(read.reason)
  const keyMetric = { name: 'm0', direction: 'min' }
  return openAgent(dir, { mode: 'auto', ruleSet: read.value, keyMetric, limits: DEFAULT_LIMITS })
}

/** CPU milliseconds of looking at the records of a round and of parsing their lines, in turns: their medians. */
function beside() {
  return within((dir) => {
    const path = join(dir, 'hotcb.metrics.jsonl')
    writeFileSync(path, '')
    const agent = agentOf(dir)
    const [looks, floors] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      const texts = lines(round * STEPS)
      appendFileSync(path, `${texts.join('\n')}\n`)
      looks.push(cpuMs(() => agent.look()))
      floors.push(cpuMs(() => texts.map((text) => JSON.parse(text)).length))
    }
    agent.close()
    return { cpu_ms: quantile(looks, 0.5), parse_cpu_ms: quantile(floors, 0.5), steps: STEPS }
  })
}

function cpuMs(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** CPU milliseconds of the fold of a thousand proposals and their answers. */
function fold() {
  const log = []
  const ledger = []
  for (let i = 1; i <= 1000; i++) {
    const [id, cid] = [`a1-${i}`, `ap-a1-${i}`]
    const command = { cid, module: 'opt', op: 'set_params', params: { lr: 1 / i }, expires: { step: i } }
    const empty = { by: null, decision: null, seq: null, rule_id: 'r', metric: 'm', reason: 'x', confidence: 'high' }
    log.push({
      ...empty,
      action_id: id,
      ts: i,
      step: i,
      kind: 'proposed',
      source: 'autopilot',
      command,
      cid,
      data: { plan: [] },
      n: 1,
    })
    ledger.push({
      seq: i,
      module: 'opt',
      op: 'set_params',
      params: {},
      decision: 'applied',
      source: 'cli',
      author: 'ann',
      cid,
      of: null,
      error: null,
    })
  }
  const times = []
  for (let round = 0; round < 20; round++) {
    times.push(cpuMs(() => foldAutopilotHistory(log, ledger, { step: 5, now: 5 })))
  }
  return quantile(times, 0.5)
}

/** Milliseconds until an agent reaches the live end of a run of a million steps. */
function startOnMillion() {
  return within((dir) => {
    const path = join(dir, 'hotcb.metrics.jsonl')
    for (let part = 0; part < 100; part++) {
      const texts = Array.from({ length: 10_000 }, (_, i) =>
        JSON.stringify({ step: part * 10_000 + i, metrics: { m0: 5, m1: 1 } }),
      )
      appendFileSync(path, `${texts.join('\n')}\n`)
    }
    const start = performance.now()
    const agent = agentOf(dir)
    agent.look()
    const ms = performance.now() - start
    agent.close()
    return ms
  })
}

process.stdout.write(`${JSON.stringify({ beside: beside(), fold_ms: fold(), start_ms: startOnMillion() })}\n`)
