import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { benchPort, createArms, type Row, readRows, runBench, summarize } from '../src/index.ts'

const STEPS = 150

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'bench-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function arms(...names: readonly string[]) {
  return createArms().filter(({ name }) => names.includes(name))
}

const clock = (): number => performance.now() / 1000
const shown = ({ task, arm, seed, loss, weights }: Row): string => `${task} ${arm} ${seed} ${loss} ${weights}`

test('a bench of three tasks, arms and seeds that is interrupted and continued has the rows of an uninterrupted one', async () => {
  const plan = {
    tasks: ['good', 'high', 'low'],
    arms: arms('nothing', 'rules', 'tune'),
    seeds: [1, 2, 3],
    budget: STEPS,
    part: { index: 0, of: 1 },
  }
  const [whole, cut] = [join(directory(), 'rows.jsonl'), join(directory(), 'rows.jsonl')]
  await runBench(plan, { file: whole, clock })
  const stop = new AbortController()
  await runBench(plan, { file: cut, clock, signal: stop.signal, onRow: (_, done) => done === 4 && stop.abort() })
  expect(readRows(cut)).toHaveLength(4)
  // A killed process leaves an incomplete line.
  writeFileSync(cut, readFileSync(cut, 'utf8').slice(0, -20))
  await runBench({ ...plan, part: { index: 1, of: 2 } }, { file: cut, clock })
  await runBench({ ...plan, part: { index: 0, of: 2 } }, { file: cut, clock })
  expect(readRows(whole)).toHaveLength(27)
  expect(readRows(cut).map(shown).sort()).toEqual(readRows(whole).map(shown).sort())
})

test('a report that is written twice is the same byte for byte, and the replay of the tuner is equal bit for bit', async () => {
  const out = directory()
  const request = {
    out,
    tasks: ['low'],
    arms: ['nothing', 'tune', 'replay', 'llm'],
    seeds: [1],
    steps: 300,
    part: { index: 0, of: 1 },
    ai: null,
    env: {},
    say: () => undefined,
  }
  await benchPort.digits.train(request, new AbortController().signal)
  const { files, summary, rows } = await benchPort.digits.report(request)
  expect([rows, summary.replays]).toEqual([4, { equal: 1, count: 1 }])
  const first = files.map((file) => readFileSync(file))
  const again = await benchPort.digits.report(request)
  expect(again.files.map((file) => readFileSync(file))).toEqual(first)
  const llm = readRows(join(out, 'rows.jsonl')).find(({ arm }) => arm === 'llm')
  expect(llm?.tokens).toBeGreaterThan(0)
  expect(llm?.usd).toBe(0)
})

test('a language model is called at the same steps, and the run is the same, however fast the machine is', async () => {
  const file = join(directory(), 'rows.jsonl')
  const again = join(directory(), 'rows.jsonl')
  const plan = { tasks: ['good'], arms: arms('llm'), seeds: [1], budget: 300, part: { index: 0, of: 1 } }
  await runBench(plan, { file, clock })
  await runBench(plan, { file: again, clock })
  expect(readRows(again).map(shown)).toEqual(readRows(file).map(shown))
})

test('rows of the stand-in are not reported as rows of a real model, and the real model is still called', async () => {
  const file = join(directory(), 'rows.jsonl')
  const real = createArms({ config: { model: 'gpt-4o-mini' }, budgetUsd: 1, env: {} })
  const seen = { tasks: ['good'], seeds: [1], budget: 50, part: { index: 0, of: 1 } }
  await runBench({ ...seen, arms: arms('nothing', 'llm') }, { file, clock })
  const compared = (all: typeof real) => summarize(readRows(file), 50, all).comparisons.map(({ arm }) => arm)
  expect(compared(createArms())).toEqual(['nothing', 'llm'])
  expect(compared(real)).toEqual(['nothing'])
  // Without a key, a call of the model ends the bench.
  const asked = runBench({ ...seen, arms: real.filter(({ name }) => name === 'llm') }, { file, clock })
  await expect(asked).rejects.toThrow('the language model cannot be called')
})
