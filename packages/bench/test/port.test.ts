import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { benchPort, createArms, DIGITS, type PortRequest, readRows, TASKS } from '../src/index.ts'

function request(more: Partial<PortRequest> = {}): PortRequest {
  const out = mkdtempSync(join(tmpdir(), 'bench-port-'))
  onTestFinished(() => rmSync(out, { recursive: true, force: true }))
  const shared = { tasks: ['good', 'low'], seeds: [3], steps: 4, part: { index: 0, of: 1 }, ai: null, env: {} }
  return { out: join(out, 'deep', 'bench'), arms: ['nothing', 'a-a'], say: () => undefined, ...shared, ...more }
}

const { signal } = new AbortController()

test('each training run is announced with its number, its loss and its time, and only the chosen ones are carried out', async () => {
  const said: string[] = []
  const asks = request({ say: (line) => said.push(line) })
  await benchPort.digits.train(asks, signal)
  const rows = readRows(join(asks.out, 'rows.jsonl'))
  expect(rows.map(({ task, arm, seed, budget }) => [task, arm, seed, budget])).toEqual([
    ['good', 'nothing', 3, 4],
    ['good', 'a-a', 3, 4],
    ['low', 'nothing', 3, 4],
    ['low', 'a-a', 3, 4],
  ])
  expect(said).toHaveLength(4)
  expect(said[1]).toBe(
    `2 of 4: good, a-a, seed 3: loss ${rows[1]?.loss.toFixed(4)}, 0 action(s), ${rows[1]?.seconds.toFixed(1)} s`,
  )
  expect(rows.every(({ seconds }) => seconds > 0)).toBe(true)
})

test('a report contains the rows with its budget, and is written next to them', async () => {
  const asks = request({ tasks: ['good'] })
  await benchPort.digits.train(asks, signal)
  const { rows, files, text, summary } = await benchPort.digits.report(asks)
  expect(rows).toBe(2)
  expect(summary.comparisons.map(({ task, arm, seeds }) => [task, arm, seeds])).toEqual([
    ['good', 'nothing', 1],
    ['good', 'a-a', 1],
  ])
  expect(readFileSync(join(asks.out, 'report.md'), 'utf8')).toBe(text)
  expect(files.every((file) => existsSync(file))).toBe(true)
  const none = await benchPort.digits.report({ ...asks, steps: 5 })
  expect(none).toMatchObject({ rows: 0, files: [], note: null, summary: { budget: 5, comparisons: [] } })
})

test('a report without rows writes no files', async () => {
  const asks = request()
  expect(await benchPort.digits.report(asks)).toMatchObject({ rows: 0, files: [] })
  expect(existsSync(asks.out)).toBe(false)
})

test('the command line offers all tasks and arms with their titles', () => {
  const named = (all: readonly { readonly name: string; readonly title: string }[]) =>
    all.map(({ name, title }) => ({ name, title }))
  expect(benchPort.digits.tasks).toEqual(named(TASKS))
  expect(benchPort.digits.arms).toEqual(named(createArms()))
  expect(new Set(TASKS.map(({ name }) => name)).size).toBe(TASKS.length)
})

test('a task that the digits do not have is refused with its name', () => {
  const [arm = { name: '', title: '' }] = createArms()
  expect(() => DIGITS.train({ task: 'cifar10-good', arm, seed: 1, budget: 1, clock: () => 0 })).toThrow(
    '`cifar10-good` is not a task of the digits',
  )
})

test('every task refers to an existing good task, and creates a trainer with its own settings', async () => {
  const names = TASKS.map(({ name }) => name)
  for (const { good, isGood, name } of TASKS) {
    expect(good === null || names.includes(good)).toBe(true)
    expect(isGood).toBe(good === name)
  }
  const rates = await Promise.all(
    ['good', 'high', 'low', 'good-adam', 'high-adam', 'imbalance', 'forgetting', 'case-rate', 'case-data'].map(
      async (name) => {
        const created = await TASKS.find((task) => task.name === name)?.create(1, 2)
        const { kind, paramGroups } = created?.trainer.optimizer ?? {}
        created?.trainer.dispose()
        return [name, kind, Number(paramGroups?.[0]?.lr.toPrecision(6)), created?.controls?.length ?? 0]
      },
    ),
  )
  expect(rates).toEqual([
    ['good', 'sgd', 0.1, 0],
    ['high', 'sgd', 3, 0],
    ['low', 'sgd', 0.00333333, 0],
    ['good-adam', 'adam', 0.004, 0],
    ['high-adam', 'adam', 0.12, 0],
    ['imbalance', 'adam', 0.006, 0],
    ['forgetting', 'sgd', 0.1, 0],
    ['case-rate', 'sgd', 0.3, 0],
    ['case-data', 'sgd', 0.1, 1],
  ])
})
