import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModuleContext } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type CollectMetricsOptions, openMetricsCollector } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

test('lines are written to the kernel’s run directory, which is created with the first line', () => {
  const runDir = join(temporaryDirectory(), 'runs', 'a')
  const { collector, context } = setUp({}, runDir)
  collector.onSafePoint({ step: 0 }, context)
  collector.flush()
  expect(existsSync(runDir)).toBe(false)
  for (let step = 0; step < 3; step++) collector.onSafePoint({ step, metrics: { loss: step } }, context)
  collector.close()
  expect(steps(runDir)).toEqual([0, 1, 2])
})

test('an explicit run directory overrides the kernel\u2019s', () => {
  const directory = temporaryDirectory()
  const { collector, context } = setUp({ runDir: directory }, join(directory, 'other'))
  collector.onSafePoint({ step: 7, loss: 1 }, context)
  expect(steps(directory)).toEqual([7])
})

test('without a run directory lines wait in memory, and the status gives the reason', () => {
  const { collector, context } = setUp({}, undefined)
  collector.onSafePoint({ step: 7, loss: 1 }, context)
  collector.close()
  expect(collector.status()).toMatchObject({
    records: 1,
    error: '`hotcb.metrics.jsonl` has no run directory: pass one, or use a kernel that has one',
  })
})

test('creating a directory is retried after a failure, and nothing is lost', () => {
  const directory = temporaryDirectory()
  const runDir = join(directory, 'run')
  writeFileSync(runDir, 'in the way')
  const { collector, context, logged } = setUp({ flushMs: 0 }, runDir)
  collector.onSafePoint({ step: 0, loss: 1 }, context)
  collector.onSafePoint({ step: 1, loss: 1 }, context)
  expect(logged).toHaveLength(1)
  rmSync(runDir)
  collector.onSafePoint({ step: 2, loss: 1 }, context)
  collector.close()
  expect(steps(runDir)).toEqual([0, 1, 2])
  expect(collector.status()).toEqual({ records: 3, names: 1, dropped: 0, errors: 0, error: null })
})

test('after a crash in the middle of a line, the file continues on a new line', () => {
  const runDir = temporaryDirectory()
  writeFileSync(join(runDir, 'hotcb.metrics.jsonl'), '{"step":0,"metrics":{"loss":1}}\n{"step":1,"me')
  const { collector, context } = setUp({}, runDir)
  collector.onSafePoint({ step: 1, loss: 2 }, context)
  collector.close()
  const lines = readFileSync(join(runDir, 'hotcb.metrics.jsonl'), 'utf8').trimEnd().split('\n')
  expect(lines.slice(0, 2)).toEqual(['{"step":0,"metrics":{"loss":1}}', '{"step":1,"me'])
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ step: 1, metrics: { loss: 2 } })
})

function setUp(options: CollectMetricsOptions, runDir: string | undefined) {
  const logged: string[] = []
  const context: ModuleContext = {
    total: null,
    controls: [],
    isCatchingUp: false,
    submit: () => null,
    log: (message) => logged.push(message),
    step: null,
    channel: 'live',
    ...(runDir === undefined ? {} : { runDir }),
  }
  const collector = openMetricsCollector(options)
  collector.attach(context)
  return { collector, context, logged }
}

function steps(runDir: string): number[] {
  const text = readFileSync(join(runDir, 'hotcb.metrics.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).step)
}
