import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSeriesReader } from '../src/node/series-reader.ts'
import { streamFiles, trialProgress } from '../src/node/trial-metrics.ts'
import { finalMetrics, metricSeries } from '../src/node.ts'
import { createSeries, type RawPoint } from '../src/series.ts'
import { openTrial, TrialPruned } from '../src/trial.ts'

// A trial in this process. trial-clients.test.ts compares it with the Python and shell clients.

function workspace() {
  const root = mkdtempSync(join(tmpdir(), 'trial-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const results = join(root, '.hyperherd/results')
  mkdirSync(join(results, '3'), { recursive: true })
  writeFileSync(join(root, '.hyperherd/manifest.json'), '[]\n')
  const env = { HYPERHERD_WORKSPACE: root, HYPERHERD_TRIAL_ID: '3', HYPERHERD_ATTEMPT: '2' }
  const linesOf = (name: string) =>
    readFileSync(join(results, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { root, results, env, linesOf }
}

describe('a trial', () => {
  test('is read from the environment, with defaults for optional variables', () => {
    const { env, results, root } = workspace()
    const full = openTrial({
      ...env,
      HYPERHERD_TRIAL_NAME: 'lr-0.1',
      HYPERHERD_PARAMS: '{"lr": 0.1}',
      HOTCB_RUN_DIR: '/elsewhere',
    })
    expect(full).toMatchObject({ index: 3, attempt: 2, name: 'lr-0.1', params: { lr: 0.1 }, runDir: '/elsewhere' })
    const bare = openTrial({ HYPERHERD_WORKSPACE: root, HYPERHERD_TRIAL_ID: '7' })
    expect(bare).toMatchObject({ index: 7, attempt: 1, name: '', params: {}, runDir: join(results, '7') })
    for (const params of ['', '[1]', 'none', '5']) {
      expect(openTrial({ ...env, HYPERHERD_PARAMS: params }).params).toEqual({})
    }
  })

  test('is refused without a workspace, an index, or a workspace that is visible here', () => {
    const { env, root } = workspace()
    expect(() => openTrial({ ...env, HYPERHERD_WORKSPACE: '' })).toThrow('HYPERHERD_WORKSPACE is not set')
    expect(() => openTrial({ ...env, HYPERHERD_TRIAL_ID: undefined })).toThrow('HYPERHERD_TRIAL_ID is not set')
    rmSync(join(root, '.hyperherd/manifest.json'))
    expect(() => openTrial(env)).toThrow(
      `\`${join(root, '.hyperherd', 'manifest.json')}\` does not exist; the sweep directory must be visible where the trial runs`,
    )
  })

  test("writes a curve with its attempt to a stream and to its run's metrics, and null for values that are not finite", () => {
    const { env, linesOf, results } = workspace()
    const trial = openTrial(env)
    trial.logResult('val/loss', 0.5, 10)
    trial.logResult('val/loss', Number.NaN, 20)
    const ts = expect.any(Number)
    expect(linesOf('3/stream/val/loss.jsonl')).toEqual([
      { step: 10, value: 0.5, ts, attempt: 2 },
      { step: 20, value: null, ts, attempt: 2 },
    ])
    expect(linesOf('3/hotcb.metrics.jsonl')).toEqual([
      { step: 10, epoch: null, wall_time: ts, metrics: { 'val/loss': 0.5 } },
      { step: 20, epoch: null, wall_time: ts, metrics: { 'val/loss': null } },
    ])
    // If there is a kernel in the same directory, it writes the metrics itself.
    writeFileSync(join(results, '3/hotcb.applied.jsonl'), '')
    trial.logResult('val/loss', 1, 30)
    expect(linesOf('3/stream/val/loss.jsonl')).toHaveLength(3)
    expect(linesOf('3/hotcb.metrics.jsonl')).toHaveLength(2)
    expect(existsSync(join(results, '3.json'))).toBe(false)
  })

  test('keeps its final values of any kind by name, in the order in which they were logged', () => {
    const { env, results } = workspace()
    const trial = openTrial(env)
    for (const [name, value] of [['acc', 0.5], ['note', 'text'], ['acc', 0.75]] as const) trial.logResult(name, value) // biome-ignore format: pairs
    expect([...finalMetrics(results, 3)]).toEqual([['acc', 0.75], ['note', 'text']]) // biome-ignore format: pairs
    writeFileSync(join(results, '3.json'), '{"half')
    expect(finalMetrics(results, 3).size).toBe(0)
    trial.logResult('acc', 1)
    expect([...finalMetrics(results, 3)]).toEqual([['acc', 1]])
  })

  test('refuses a step that is not whole, a value that is not a number, and a name that is not a result name', () => {
    const { env } = workspace()
    const trial = openTrial(env)
    for (const step of [1.5, Number.NaN, 2 ** 60]) expect(() => trial.logResult('loss', 1, step)).toThrow(RangeError)
    expect(() => trial.logResult('loss', '1' as unknown as number, 1)).toThrow(
      '"loss" is logged at a step, so it must be a number, got "1"',
    )
    for (const name of ['', '/x', 'x/', 'a//b', '..', '.', 'a/../b', 'a\\..\\b', 'a\0b']) {
      expect(() => trial.logResult(name, 1)).toThrow('is not a result name; use a name such as loss or val/loss')
    }
    for (const name of ['a.b', '..a', 'a b', 'a/b/c']) expect(() => trial.logResult(name, 1)).not.toThrow()
  })

  test('is asked to stop after its value was written, and only by known words', () => {
    const { env, results, linesOf } = workspace()
    const trial = openTrial(env)
    expect(trial.signal()).toBe(null)
    for (const [word, signal] of [
      ['prune\n', 'prune'],
      [' pause', 'pause'],
      ['stop', null],
      ['', null],
    ] as const) {
      // biome-ignore format: pairs
      writeFileSync(join(results, '3/_signal'), word)
      expect(trial.signal()).toBe(signal)
    }
    writeFileSync(join(results, '3/_signal'), 'pause')
    const pruned = (() => {
      try {
        return trial.logResult('loss', 1, 5)
      } catch (error) {
        return error
      }
    })()
    expect(pruned).toBeInstanceOf(TrialPruned)
    expect(pruned).toMatchObject({ action: 'pause', index: 3 })
    expect(linesOf('3/stream/loss.jsonl')).toHaveLength(1)
    expect(() => trial.logResult('final', 1)).not.toThrow()
  })

  test.each(['RANK', 'SLURM_PROCID', 'OMPI_COMM_WORLD_RANK'])(
    'writes nothing if %s gives it a rank other than 0',
    (name) => {
      const { env, results } = workspace()
      for (const rank of ['1', '0']) {
        const trial = openTrial({ ...env, [name]: rank })
        trial.logResult('loss', 1, 1)
        trial.logResult('acc', 1)
        expect([metricSeries(results, 3).size, finalMetrics(results, 3).size]).toEqual(rank === '1' ? [0, 0] : [1, 1])
      }
      expect(() => openTrial({ ...env, [name]: '1' }).logResult('..', 1)).toThrow(RangeError)
    },
  )
})

describe('a series', () => {
  const take = (...points: readonly [step: number, value: number, attempt?: number | null, ts?: number | null][]) => {
    const series = createSeries()
    for (const [step, value, attempt = null, ts = null] of points) {
      const point: RawPoint = { step, value, attempt, ts }
      series.take(point, 'metrics')
    }
    return series.points.map(({ step, value }) => [step, value])
  }

  test('has the latest value for each step, in step order', () => {
    expect(take([1, 1], [2, 2], [2, 3], [3, 4])).toEqual([[1, 1], [2, 3], [3, 4]]) // biome-ignore format: pairs
    const stream = createSeries()
    for (const step of [5, 3, 4, 3]) stream.take({ step, value: step * 10, attempt: null, ts: null }, 'stream')
    expect(stream.points.map(({ step }) => step)).toEqual([3, 4, 5])
  })

  test('drops the steps from the point where another attempt begins or a run went back', () => {
    expect(take([10, 1, 1], [20, 1, 1], [30, 1, 1], [15, 2, 2], [25, 2, 2])).toEqual([[10, 1], [15, 2], [25, 2]]) // biome-ignore format: pairs
    expect(take([10, 1], [20, 1], [30, 1], [20, 2])).toEqual([[10, 1], [20, 2]]) // biome-ignore format: pairs
    // Late lines from an older attempt change nothing before that point.
    expect(take([10, 1, 2], [20, 1, 2], [15, 9, 1])).toEqual([[10, 1], [15, 9], [20, 1]]) // biome-ignore format: pairs
    // Later lines from another file are kept.
    expect(take([10, 1, 1, 100], [20, 1, 1, 900], [5, 2, 2, 500])).toEqual([[5, 2], [20, 1]]) // biome-ignore format: pairs
  })

  test('is read again only from where lines were appended, or from the start if the file was replaced', () => {
    const { env, results } = workspace()
    const reader = createSeriesReader(results, 'loss')
    const steps = () => reader.read(3).map(({ step }) => step)
    expect(steps()).toEqual([])
    const trial = openTrial(env)
    for (const step of [1, 2]) trial.logResult('loss', step, step)
    trial.logResult('other', 9, 9)
    expect(steps()).toEqual([1, 2])
    trial.logResult('loss', 3, 3)
    appendFileSync(join(results, '3/stream/loss.jsonl'), 'nonsense\n{"step":4}\n{"step":4.5,"value":1}\n')
    expect(steps()).toEqual([1, 2, 3, 4])
    expect(reader.read(3)).toEqual(metricSeries(results, 3).get('loss'))
    rmSync(join(results, '3'), { recursive: true })
    trial.logResult('loss', 7, 7)
    expect(steps()).toEqual([7])
    expect(createSeriesReader(results, 'other').read(3)).toEqual([])
  })
})

describe("a trial's progress", () => {
  test('is its latest step in any file, with the steps per minute in that file', () => {
    const { results } = workspace()
    expect(trialProgress(results, 4)).toBe(null)
    expect(trialProgress(results, 3)).toBe(null)
    const stream = join(results, '3/stream/deep')
    mkdirSync(stream, { recursive: true })
    const line = (step: number, ts: number | null, name = 'ts') => `${JSON.stringify({ step, value: 1, [name]: ts })}\n`
    writeFileSync(join(stream, 'a.jsonl'), line(0, 100) + line(30, 130))
    expect(trialProgress(results, 3)).toEqual({ step: 30, perMinute: 60 })
    writeFileSync(join(results, '3/hotcb.metrics.jsonl'), line(10, 100, 'wall_time') + line(50, 220, 'wall_time'))
    expect(trialProgress(results, 3)).toEqual({ step: 50, perMinute: 20 })
    writeFileSync(join(stream, 'b.jsonl'), line(70, 100) + line(60, 130))
    expect(trialProgress(results, 3)).toEqual({ step: 70, perMinute: null })
    writeFileSync(join(stream, 'c.jsonl'), line(80, null))
    expect(trialProgress(results, 3)).toEqual({ step: 80, perMinute: null })
    writeFileSync(join(stream, 'notes.txt'), '')
    expect(streamFiles(join(results, '3')).map(([name]) => name)).toEqual(['deep/a', 'deep/b', 'deep/c'])
    expect(streamFiles(join(results, '4'))).toEqual([])
  })

  test('is computed from the last eighty lines', () => {
    const { results } = workspace()
    const lines = Array.from(
      { length: 200 },
      (_, step) => `${JSON.stringify({ step, ts: step < 120 ? 0 : 60 + step })}\n`,
    )
    writeFileSync(join(results, '3/hotcb.metrics.jsonl'), lines.join(''))
    expect(trialProgress(results, 3)).toEqual({ step: 199, perMinute: 60 })
  })
})

test('final values declared by a run come first, and values that the trial logged replace them', () => {
  const { results } = workspace()
  writeFileSync(join(results, '3/hotcb.run.json'), '{"final_metrics": {"acc": 0.1, "loss": 2}}')
  writeFileSync(join(results, '3.json'), '{"acc": 0.9, "bad": NaN}')
  expect([...finalMetrics(results, 3)]).toEqual([['acc', 0.9], ['loss', 2], ['bad', Number.NaN]]) // biome-ignore format: pairs
  writeFileSync(join(results, '3/hotcb.run.json'), '5')
  expect(finalMetrics(results, 3).has('loss')).toBe(false)
})
