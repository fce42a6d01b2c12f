import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRunDirectory } from '@hotcb/run/node'
import { describe, expect, test } from 'vitest'
import { type LaunchOptions, planLaunch } from '../src/index.ts'
import { lastOutput } from '../src/node/last-output.ts'
import { endOfRun } from '../src/node/launch-end.ts'
import { completeRun, exitCodeOf, latestMetrics, newRunDocument, writeRun } from '../src/node/run-document.ts'
import { report, temporaryDirectory, training, writeState } from './live-run.ts'

const ORIGIN = { command: ['train'], cwd: '/', host: 'h', git: null, env: {} }
const NOW = new Date('2026-01-02T03:04:05.678Z')

function documentOf(dir: string, options: LaunchOptions = {}) {
  const trainings = { simple: training('true', { keyMetric: 'val_loss' }) }
  return newRunDocument(dir, planLaunch({ config: 'simple', ...options }, trainings), { seed: 7, origin: ORIGIN }, NOW)
}

const read = (dir: string) => JSON.parse(readFileSync(join(dir, 'hotcb.run.json'), 'utf8'))
const exit = (exitCode: number | null, signal: string | null = null, asked: string | null = null) => ({
  ...{ exitCode, signal, asked },
})

test("a new run's document records how it was started, and nothing about its end", () => {
  expect(documentOf('/runs/mine', { maxSteps: 5, maxTimeSeconds: 9 })).toEqual({
    run_id: 'mine',
    config: 'simple',
    max_steps: 5,
    max_time: 9,
    step_delay: 0.15,
    seed: 7,
    key_metric: 'val_loss',
    started_at: '2026-01-02T03:04:05.678Z',
    run_dir: '/runs/mine',
    completed_at: null,
    stopped_early: null,
    final_metrics: null,
    origin: ORIGIN,
  })
  expect(documentOf('/x', { config: undefined, command: ['true'] })).toMatchObject({
    ...{ config: 'command', max_steps: null, max_time: null, step_delay: null, key_metric: null },
  })
})

describe("at the end, the launcher's own document", () => {
  test.each([
    [exit(0), { stopped_early: false, exit_code: 0 }],
    [exit(3), { stopped_early: true, exit_code: 3 }],
    [exit(null, 'SIGTERM'), { stopped_early: true, exit_code: 143 }],
    [exit(null), { stopped_early: true }],
    [exit(0, null, 'max-time'), { stopped_early: true }],
    [exit(null, 'SIGKILL', 'interrupted'), { stopped_early: true }],
  ])('for %j gets %j', (end, added) => {
    const dir = temporaryDirectory()
    const run = openRunDirectory(dir)
    const document = documentOf(dir)
    writeRun(run, document)
    report(dir, 1, { loss: 2 })
    completeRun(run, document, end)
    const written = read(dir)
    expect(written).toMatchObject({ run_id: document.run_id, seed: 7, final_metrics: { loss: 2 }, ...added })
    expect(Date.parse(written.completed_at)).toBeGreaterThan(NOW.getTime())
    expect('exit_code' in written).toBe('exit_code' in added)
  })
})

describe("at the end, the training's own document", () => {
  const OWN = { run_id: 'x', started_at: '2026-01-01T00:00:00.000Z', final_metrics: { acc: 1 }, mine: true }

  test.each([
    [exit(0), OWN],
    [exit(3), { ...OWN, exit_code: 3 }],
    [exit(null, 'SIGSEGV'), { ...OWN, exit_code: 139 }],
    [exit(null), OWN],
    [exit(1, null, 'interrupted'), OWN],
  ])('for %j keeps its content', (end, expected) => {
    for (const isLaunchers of [true, false]) {
      const dir = temporaryDirectory()
      writeFileSync(join(dir, 'hotcb.run.json'), JSON.stringify(OWN))
      completeRun(openRunDirectory(dir), isLaunchers ? documentOf(dir) : null, end)
      expect(read(dir)).toEqual(expected)
    }
  })

  test('that is missing or unreadable gets the exit code of a failure', () => {
    for (const text of [undefined, 'not JSON', '[1]']) {
      const dir = temporaryDirectory()
      if (text !== undefined) writeFileSync(join(dir, 'hotcb.run.json'), text)
      completeRun(openRunDirectory(dir), null, exit(3))
      expect(read(dir)).toEqual({ exit_code: 3 })
    }
  })
})

test('an exit code is reported as by a shell', () => {
  const codes = [exit(3), exit(null, 'SIGKILL'), exit(null, 'SIGTERM'), exit(null, 'SIGNEW'), exit(null)].map(
    exitCodeOf,
  )
  expect(codes).toEqual([3, 137, 143, 128, null])
})

test('the last values are the newest value of every metric, without machine metrics', () => {
  const dir = temporaryDirectory()
  report(dir, 0, { loss: 3, val: 0.5 })
  report(dir, 1, { loss: 2, 'sys/cpu': 4, system: 1, nan: null })
  expect(latestMetrics(openRunDirectory(dir))).toEqual({ loss: 2, val: 0.5, system: 1, nan: null })
})

describe('the end of a run', () => {
  test('contains its results, the next step and its last output', () => {
    const dir = temporaryDirectory()
    writeState(dir, { step: 40, closed: true })
    report(dir, 1, { loss: 2, acc: 0.25 })
    writeRun(openRunDirectory(dir), { ...documentOf(dir), stopped_early: false, final_metrics: { acc: 0.5 } })
    writeFileSync(join(dir, 'hotcb.out'), 'epoch 1\n')
    expect(endOfRun(openRunDirectory(dir), { ...exit(1), hadLeftovers: true })).toEqual({
      ...exit(1),
      hadLeftovers: true,
      runDir: dir,
      step: 41,
      stoppedEarly: false,
      metrics: { loss: 2, acc: 0.5 },
      output: 'epoch 1\n',
    })
  })

  test('without a document counts as early if it failed, was asked to end, or was not observed', () => {
    const of = (end: ReturnType<typeof exit> | null) => {
      const ended = endOfRun(openRunDirectory(temporaryDirectory()), end && { ...end, hadLeftovers: false })
      return [ended.stoppedEarly, ended.step, ended.output]
    }
    expect(of(exit(0))).toEqual([false, null, ''])
    for (const end of [exit(2), exit(null, 'SIGTERM'), exit(0, null, 'max-time'), null]) expect(of(end)[0]).toBe(true)
  })
})

describe('the last output', () => {
  const outputOf = (now: string | null, before: string | null, bytes: number) => {
    const dir = temporaryDirectory()
    if (now !== null) writeFileSync(join(dir, 'hotcb.out'), now)
    if (before !== null) writeFileSync(join(dir, 'hotcb.out.1'), before)
    return lastOutput(openRunDirectory(dir), bytes)
  }

  test('consists of complete lines, up to the requested size', () => {
    expect(outputOf('one\ntwo\nthree\n', null, 14)).toBe('one\ntwo\nthree\n')
    expect(outputOf('one\ntwo\nthree\n', null, 13)).toBe('two\nthree\n')
    expect(outputOf('one\ntwo\nthree\n', null, 8)).toBe('three\n')
    expect(outputOf('', null, 8)).toBe('')
    expect(outputOf(null, null, 8)).toBe('')
  })

  test('includes the end of the output that was moved to the other file', () => {
    expect(outputOf('three\n', 'one\ntwo\n', 100)).toBe('one\ntwo\nthree\n')
    expect(outputOf('three\n', 'one\ntwo\n', 11)).toBe('two\nthree\n')
    expect(outputOf('three\n', 'one\ntwo\n', 6)).toBe('three\n')
    expect(outputOf('äöü\n', 'one\n', 7)).toBe('äöü\n')
    expect(outputOf(null, 'one\n', 7)).toBe('one\n')
  })

  test('that cannot be read is an error', () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'hotcb.out'))
    expect(() => lastOutput(openRunDirectory(dir), 5)).toThrow('EISDIR')
  })
})
