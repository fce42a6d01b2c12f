import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AxisKnots, CompareFacts, CompareSeries, DivergenceAnswer } from '../src/shared/compare-wire.ts'
import { ask, dashboard, eventually, generateRun, temporaryRoot } from './fixture.ts'

test('courses, facts and axes of several runs are read with one request each', async () => {
  const root = temporaryRoot()
  for (const name of ['a', 'b']) generateRun(join(root, name), { lines: 500, seed: name === 'a' ? 1 : 2, names: 4 })
  const site = await dashboard({ roots: [root] })
  const json = { runs: ['a', 'b', 'none'], names: ['val_loss', 'lr'], pixels: 50 }
  const { body } = await ask(site, 'api/compare/series', { json })
  const [a, b, none] = (body as CompareSeries).runs
  expect([a?.courses.length, b?.courses.length, none?.problem]).toEqual([2, 2, 'this run does not exist'])
  expect(a?.courses[0]?.steps.at(-1)).toBe(499)
  expect(a?.courses[1]?.mean.every((value) => value === 0.001)).toBe(true)
  const facts = (await ask(site, 'api/compare/facts', { json: { runs: ['b', 'a'] } })).body as {
    readonly runs: readonly CompareFacts[]
  }
  expect(facts.runs.map(({ id }) => id)).toEqual(['b', 'a'])
  expect(facts.runs[0]).toMatchObject({ params: { seed: 2, lr: 0.0003 }, callbacks: { early_stop: true } })
  expect(facts.runs[0]?.changes[0]).toMatchObject({ step: 100, by: 'ada' })
  const { axes } = (await ask(site, 'api/compare/axes', { json: { runs: ['a'] } })).body as {
    readonly axes: Readonly<Record<string, AxisKnots>>
  }
  expect([axes['a']?.steps[0], axes['a']?.steps.at(-1), axes['a']?.epochs.at(-1)]).toEqual([0, 499, 4])
})

test('annotations are part of the facts of their run, and a document that cannot be read is reported', async () => {
  const root = temporaryRoot()
  for (const name of ['a', 'b']) generateRun(join(root, name), { lines: 20 })
  const site = await dashboard({ roots: [root] })
  await ask(site, 'api/runs/a/annotations', { method: 'POST', json: { step: 7, text: 'new data', metric: 'val_loss' } })
  const notesOf = async (): Promise<readonly CompareFacts['notes'][]> => {
    const { body } = await ask(site, 'api/compare/facts', { json: { runs: ['b', 'a'] } })
    return (body as { readonly runs: readonly CompareFacts[] }).runs.map(({ notes }) => notes)
  }
  expect(await notesOf()).toMatchObject([
    { annotations: [], problem: null },
    { annotations: [{ step: 7, text: 'new data', metric: 'val_loss', value: null }], problem: null },
  ])
  writeFileSync(join(root, 'hotcb.annotations.json'), '{"runs": 3}')
  expect((await notesOf())[1]).toMatchObject({ annotations: [], problem: expect.stringContaining('`runs`') })
})

test('the first divergence is the step and metric at which two runs differ', async () => {
  const root = temporaryRoot()
  for (const name of ['a', 'b', 'same']) generateRun(join(root, name), { lines: 3000, seed: 1, names: 4 })
  const path = join(root, 'b', 'hotcb.metrics.jsonl')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const changed = lines.map((text, step) => {
    if (step < 1234) return text
    const line = JSON.parse(text)
    return JSON.stringify({ ...line, metrics: { ...line.metrics, val_loss: line.metrics.val_loss + 1e-9 } })
  })
  writeFileSync(path, `${changed.join('\n')}\n`)
  const site = await dashboard({ roots: [root] })
  const compare = async (a: string, b: string): Promise<DivergenceAnswer> => {
    return eventually(async () => {
      const answer = (await ask(site, `api/compare/divergence?a=${a}&b=${b}`)).body as DivergenceAnswer
      return answer.complete ? answer : undefined
    })
  }
  expect((await compare('a', 'b')).first).toMatchObject({ step: 1234, name: 'val_loss' })
  expect((await compare('a', 'same')).first).toBe(null)
  expect((await ask(site, 'api/compare/divergence?a=a&b=none')).status).toBe(404)
})
