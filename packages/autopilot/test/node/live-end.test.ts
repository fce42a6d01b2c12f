import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, readRuleFile } from '../../src/index.ts'
import { type Agent, openAgent } from '../../src/node.ts'
import { type SteeredRun, steeredRun } from './steered-run.ts'

const MILLION = 1_000_000
// True at every record: the rule fires at every record that is evaluated.
const RULES = `version: 2
rules:
  - {id: always, when: "loss > 0", action: {set: {lr: x0.5}}, settle: 0, clear: 0, cooldown: 0, confidence: high}
`

const records = mkdtempSync(join(tmpdir(), 'hotcb-million-'))
afterAll(() => rmSync(records, { recursive: true, force: true }))
// About 50 MB, once for both tests.
beforeAll(() => {
  for (let from = 0; from < MILLION; from += 100_000) {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) => `{"step":${from + i},"wall_time":1.7e9,"metrics":{"loss":5}}`,
    )
    appendFileSync(join(records, 'metrics'), `${lines.join('\n')}\n`)
  }
})

/** A run with the records of a million steps. */
function longRun(): SteeredRun {
  const steered = steeredRun()
  copyFileSync(join(records, 'metrics'), join(steered.dir, runFiles.metrics))
  return steered
}

function agentOf(dir: string): Agent {
  const read = readRuleFile(RULES)
  if (!read.ok) throw new Error(read.reason)
  const agent = openAgent(dir, { mode: 'auto', ruleSet: read.value, keyMetric: null, limits: DEFAULT_LIMITS })
  onTestFinished(() => agent.close())
  return agent
}

/** The number of bytes that this process has read from files; 0 if the system does not count them. */
function bytesRead(): number {
  const path = '/proc/self/io'
  return existsSync(path) ? Number(/rchar: (\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) : 0
}

function kinds(dir: string): readonly string[] {
  const lines = readFileSync(join(dir, runFiles.autopilot), 'utf8').trim().split('\n')
  return lines.map((text) => JSON.parse(text).kind)
}

test('for a finished run of a million steps an agent reads only the end, decides nothing and sends nothing', () => {
  const steered = longRun()
  steered.stop()
  const before = bytesRead()
  const agent = agentOf(steered.dir)
  for (let i = 0; i < 3; i++) agent.look()
  // At most 4 MiB of records fill the windows.
  expect(bytesRead() - before).toBeLessThan(8 * 1024 * 1024)
  expect([kinds(steered.dir), existsSync(join(steered.dir, runFiles.commands))]).toEqual([['begin'], false])
})

test('for a live run of a million steps the first record that an agent evaluates is the first one after its start', () => {
  const steered = longRun()
  const before = bytesRead()
  const agent = agentOf(steered.dir)
  agent.look()
  expect(kinds(steered.dir)).toEqual(['begin'])
  appendFileSync(join(steered.dir, runFiles.metrics), `{"step":${MILLION},"metrics":{"loss":5}}\n`)
  agent.look()
  expect(bytesRead() - before).toBeLessThan(8 * 1024 * 1024)
  const lines = readFileSync(join(steered.dir, runFiles.autopilot), 'utf8').trim().split('\n')
  expect(lines.map((text) => JSON.parse(text)).map(({ kind, step }) => [kind, step])).toEqual([
    ['begin', null],
    ['proposed', MILLION],
    ['queued', MILLION],
  ])
})
