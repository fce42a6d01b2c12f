import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHold, openRun } from '@hotcb/run/node'
import { expect, test, vi } from 'vitest'
import { approve, openAutopilot, proposalFor, requestProposal } from '../src/node.ts'
import { asked, ledger, openTraining, runDir } from './training.ts'

const RULES = `version: 2
rules:
  - id: halve
    when: "step == 20"
    action: {set: {lr: x0.5}}
    settle: 0
`

function ruleFile(text: string): string {
  const path = join(runDir(), 'rules.yaml')
  writeFileSync(path, text)
  return path
}

const kinds = (dir: string): unknown[] =>
  readFileSync(join(dir, 'hotcb.autopilot.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).kind)

test("a run's log contains a rule's request, that it was sent, and the kernel's answer", () => {
  const dir = runDir()
  const training = openTraining(dir, {
    lr: 0.4,
    modules: [openAutopilot({ mode: 'auto', ruleFiles: [ruleFile(RULES)] })],
  })
  training.train(60)
  training.kernel.close()
  expect(training.lr).toBe(0.2)
  expect(kinds(dir)).toEqual(['begin', 'proposed', 'queued', 'decided', 'outcome', 'end'])
})

test('the number of a start is one higher than that of the last start', () => {
  const dir = runDir()
  const run = (isContinued: boolean, steps: number): void => {
    const training = openTraining(dir, {
      lr: 0.4,
      isContinued,
      modules: [openAutopilot({ mode: 'auto', ruleFiles: [ruleFile(RULES)] })],
    })
    training.train(steps)
    training.kernel.close()
  }
  run(false, 10)
  run(true, 10)
  run(true, 30)
  expect(asked(dir)).toEqual(['ap-a3-1 opt set_params {"lr":0.2} applied'])
})

test("if another autopilot is watching the run, the trainer's rules are off, and training continues", () => {
  const dir = runDir()
  mkdirSync(dir, { recursive: true })
  const other = openHold(dir, 'hotcb.autopilot.jsonl', { engine: 'agent' })
  const training = openTraining(dir, {
    lr: 0.4,
    modules: [openAutopilot({ mode: 'auto', ruleFiles: [ruleFile(RULES)] })],
  })
  training.train(40)
  training.kernel.close()
  other.close()
  expect(training.lr).toBe(0.4)
  expect(ledger(dir).filter(({ source }) => source === 'autopilot')).toEqual([])
  expect(readFileSync(join(dir, 'hotcb.log'), 'utf8')).toContain("the trainer's rules are off")
})

test('a rule file with a mistake is refused, with line and column', () => {
  const path = ruleFile(RULES.replace('settle', 'setle'))
  expect(() => openAutopilot({ ruleFiles: [path] })).toThrow(
    'rules.yaml:6:5: unknown field `setle`: did you mean `settle`?',
  )
})

test("an autopilot inside the trainer turns an agent's request into a proposal, even after a restart", async () => {
  const dir = runDir()
  const open = (isContinued: boolean) =>
    openTraining(dir, {
      lr: 0.4,
      isContinued,
      modules: [openAutopilot({ mode: 'auto', ruleFiles: [ruleFile(RULES)] })],
    })
  const first = open(false)
  first.train(1)
  const draft = { command: { module: 'core', op: 'pause' }, note: 'to look', source: 'mcp', author: 'claude' }
  const requests = [requestProposal(openRun(dir), draft)]
  // The file is read four times a second.
  await vi.waitFor(() => {
    first.train(1)
    expect(proposalFor(openRun(dir), requests[0] ?? '')).toMatchObject({ state: 'open', rule: 'agent' })
  }, 300_000)
  requests.push(requestProposal(openRun(dir), draft))
  first.kernel.close()
  const second = open(true)
  second.train(5)
  const found = requests.map((one) => proposalFor(openRun(dir), one))
  expect(found.map((one) => [one?.id, one?.state])).toEqual([
    ['a1-1', 'open'],
    ['a2-1', 'open'],
  ])
  expect(approve(openRun(dir), 'a1-1', { author: 'ann', source: 'cli' })).toMatchObject({ ok: true })
  second.kernel.close()
})
