import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatFreeze, UNFROZEN } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { createAutopilot, DEFAULT_RULES, type Mode, readRuleFile } from '../src/index.ts'
import { asked, keptLog, ledger, openTraining, runDir } from './training.ts'

const HALVE = `
version: 2
rules:
- {id: halve, when: "step == 20 or step == 60", action: {set: {lr: x0.5}}, cooldown: 10, settle: 0}
`

function rulesOf(text: string) {
  const read = readRuleFile(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function command(dir: string, line: object): void {
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
}

/** The folder of a run that replays another run's ledger. */
function replayOf(dir: string): string {
  const exported = exportRecipe(ledger(dir))
  if (!exported.ok) throw new Error(exported.reason)
  const recipe = join(dir, 'hotcb.recipe.jsonl')
  writeFileSync(recipe, formatRecipe(exported.value.entries))
  const second = runDir()
  writeFileSync(
    join(second, 'hotcb.freeze.json'),
    formatFreeze({ ...UNFROZEN, mode: 'replay', policy: 'strict', recipe_path: recipe }),
  )
  return second
}

test('a rule decided inside the trainer is one command at the next safe point, and its replay needs no rule', () => {
  const dir = runDir()
  const first = openTraining(dir, {
    lr: 0.4,
    modules: [createAutopilot({ mode: 'auto', rules: rulesOf(HALVE), saveEvery: 0 })],
  })
  first.train(100)
  first.kernel.close()
  expect(asked(dir)).toEqual(['ap-a1-1 opt set_params {"lr":0.2} applied', 'ap-a1-2 opt set_params {"lr":0.1} applied'])
  const second = openTraining(replayOf(dir), { lr: 0.4 })
  second.train(100)
  second.kernel.close()
  expect(second.weights).toEqual(first.weights)
  expect(second.lr).toBe(0.1)
})

test('a diverging run goes back to its start and gets a rate at which it learns; its replay needs no rule', () => {
  const dir = runDir()
  const log = keptLog()
  const first = openTraining(dir, { lr: 40, modules: [createAutopilot({ mode: 'auto', log: log.open })] })
  first.train(700)
  first.kernel.close()
  const loads = asked(dir).filter((line) => line.includes('"load"'))
  expect(loads.length).toBeGreaterThan(2)
  expect(first.lr).toBeLessThan(2)
  expect(Math.abs(first.weights[0] ?? 9)).toBeLessThan(1e-6)
  expect(log.lines.find(({ kind }) => kind === 'proposed')?.data?.['plan']).toEqual([
    'go back to the start of the run (checkpoint auto-start)',
    'try lower rates, in half decades from 40, for 50 steps each, at most 10',
    'continue with the rate below the best of them',
  ])
  const second = openTraining(replayOf(dir), { lr: 40 })
  second.train(first.step)
  second.kernel.close()
  expect(second.weights).toEqual(first.weights)
})

test.each<[Mode, number]>([
  ['suggest', 0],
  ['off', 0],
])('in mode %s nothing is done', (mode, count) => {
  const dir = runDir()
  const log = keptLog()
  const training = openTraining(dir, {
    lr: 0.4,
    modules: [createAutopilot({ mode, rules: rulesOf(HALVE), log: log.open })],
  })
  training.train(40)
  training.kernel.close()
  expect(asked(dir)).toHaveLength(count)
  expect(training.lr).toBe(0.4)
  expect(log.lines.map(({ kind }) => kind)).toEqual(mode === 'off' ? [] : ['proposed'])
})

test("appending a proposal's command approves it, once", () => {
  const dir = runDir()
  const log = keptLog()
  const training = openTraining(dir, {
    lr: 0.4,
    modules: [createAutopilot({ mode: 'suggest', rules: rulesOf(HALVE), log: log.open })],
  })
  training.train(25)
  const proposal = log.lines[0]?.command
  command(dir, { ...proposal, author: 'ada' })
  command(dir, { ...proposal, author: 'bob' })
  training.train(10)
  training.kernel.close()
  expect(training.lr).toBe(0.2)
  expect(ledger(dir).filter(({ cid }) => cid === 'ap-a1-1').map(({ decision, author }) => [decision, author])).toEqual([
    ['applied', 'ada'],
    ['skipped_noop', 'bob'],
  ]) // biome-ignore format: two answers
  expect(log.lines.map(({ kind, by }) => [kind, by])).toEqual([
    ['proposed', null],
    ['approved', 'ada'],
    ['decided', 'ada'],
  ])
})

test('an approval fails if the value has changed since the proposal, and the log contains the reason', () => {
  const dir = runDir()
  const log = keptLog()
  const training = openTraining(dir, {
    lr: 0.4,
    modules: [createAutopilot({ mode: 'suggest', rules: rulesOf(HALVE), log: log.open })],
  })
  training.train(25)
  command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.3 }, cid: 'mine', source: 'cli', author: 'ada' })
  command(dir, { ...log.lines[0]?.command, author: 'ada' })
  training.train(10)
  training.kernel.close()
  expect(training.lr).toBe(0.3)
  expect(log.lines.at(-1)).toMatchObject({ kind: 'outcome', reason: 'expected `lr` to be 0.4, but it is 0.3' })
})

test('the mode is an op in the ledger: it can be reverted, and a restart keeps it', () => {
  const dir = runDir()
  const rules = rulesOf(HALVE)
  const training = openTraining(dir, { lr: 0.4, modules: [createAutopilot({ mode: 'auto', rules })] })
  training.train(10)
  command(dir, { module: 'autopilot', op: 'mode', params: { mode: 'off' }, cid: 'off' })
  training.train(20)
  training.kernel.close()
  expect(training.lr).toBe(0.4)
  const second = openTraining(dir, { lr: 0.4, isContinued: true, modules: [createAutopilot({ mode: 'auto', rules })] })
  second.train(80)
  expect(second.lr).toBe(0.4)
  second.kernel.close()
})

test('after a run is killed and continued, the same decisions are made at the same steps, and none twice', () => {
  const rules = rulesOf(HALVE)
  const whole = runDir()
  const one = openTraining(whole, { lr: 0.4, modules: [createAutopilot({ mode: 'auto', rules, saveEvery: 25 })] })
  one.train(100)
  one.kernel.close()

  const dir = runDir()
  const log = keptLog()
  const options = { lr: 0.4, modules: [createAutopilot({ mode: 'auto', rules, saveEvery: 25, log: log.open })] }
  // Killed: the process ends without `close`.
  openTraining(dir, options).train(75)
  const again = {
    ...options,
    isContinued: true,
    modules: [createAutopilot({ mode: 'auto', rules, saveEvery: 25, log: log.open })],
  }
  const second = openTraining(dir, again)
  expect(second.step).toBeGreaterThan(0)
  second.train(100 - second.step)
  second.kernel.close()
  expect(second.weights).toEqual(one.weights)
  expect(asked(dir).filter((line) => line.endsWith(' applied'))).toEqual(asked(whole))
})

test('a rescue continues where it was after the run was killed half-way', () => {
  const dir = runDir()
  const log = keptLog()
  const pilot = () => createAutopilot({ mode: 'auto', log: log.open })
  openTraining(dir, { lr: 40, modules: [pilot()] }).train(50)
  const before = asked(dir).length
  expect(before).toBeGreaterThan(0)
  const second = openTraining(dir, { lr: 40, isContinued: true, modules: [pilot()] })
  second.train(700)
  second.kernel.close()
  const all = asked(dir)
  expect(all.length).toBeGreaterThan(before)
  // One rescue, and none of its rates twice.
  expect(new Set(all.map((line) => line.split(/[ .]/, 1)[0]))).toEqual(new Set(['ap-a1-1']))
  expect(new Set(all).size).toBe(all.length)
  expect(second.lr).toBeLessThan(2)
})

test('without checkpoints a rescue lowers the rate and states what it cannot do', () => {
  const dir = runDir()
  const log = keptLog()
  const training = openTraining(dir, {
    lr: 2.2,
    hasCheckpoints: false,
    modules: [createAutopilot({ mode: 'auto', log: log.open })],
  })
  training.train(60)
  training.kernel.close()
  expect(training.lr).toBeCloseTo(0.22, 9)
  expect(log.lines.find(({ kind }) => kind === 'proposed')?.data?.['plan']).toContain(
    'the weights stay as they are: this trainer saves no checkpoints',
  )
})

test('a person who sets the rate during a rescue ends it', () => {
  const dir = runDir()
  const training = openTraining(dir, { lr: 40, modules: [createAutopilot({ mode: 'auto' })] })
  training.train(60)
  const before = asked(dir).length
  command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.5 }, cid: 'mine', source: 'cli', author: 'ada' })
  training.train(300)
  training.kernel.close()
  expect(training.lr).toBe(0.5)
  expect(asked(dir)).toHaveLength(before)
})

test('a healthy run is left alone', () => {
  const dir = runDir()
  const log = keptLog()
  const training = openTraining(dir, {
    lr: 0.5,
    noise: (step) => 0.01 * Math.sin(step * 12.9898),
    modules: [
      createAutopilot({
        mode: 'auto',
        log: log.open,
        rules: { ...DEFAULT_RULES, rules: DEFAULT_RULES.rules.slice(0, 3) },
      }),
    ],
  })
  training.train(600)
  training.kernel.close()
  expect(log.lines).toEqual([])
})

test('a rule that needs a clock is refused inside the trainer', () => {
  const rules = rulesOf('{version: 2, rules: [{id: slow, condition: slow, metric: train_loss, action: {do: notify}}]}')
  expect(() => createAutopilot({ rules })).toThrow(
    'rule `slow` needs a clock (slow), so it can run only in a separate process',
  )
})
