import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModuleContext } from '@hotcb/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMetricsCollector, type FigureSource } from '../src/index.ts'
import { parseProcessCounts, readProcessCounts } from '../src/node/system/figures.ts'
import { hasNvidiaSmi, parseGpus } from '../src/node/system/gpus.ts'
import { joinRanks } from '../src/node/system/join-ranks.ts'
import { parseRankFigures, readRankFigures } from '../src/node/system/rank-documents.ts'
import { openMetricsCollector, openRankFigures, openSystemFigures, systemSeconds } from '../src/node.ts'

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-system-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Puts an `nvidia-smi` that prints this line on the path. Without a script, the path contains no program with that name. */
function path(dir: string, script?: string): void {
  mkdirSync(join(dir, 'bin'))
  if (script !== undefined) {
    writeFileSync(join(dir, 'bin/nvidia-smi'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(dir, 'bin/nvidia-smi'), 0o755)
  }
  vi.stubEnv('PATH', script === undefined ? join(dir, 'bin') : `${join(dir, 'bin')}:${process.env['PATH']}`)
  onTestFinished(() => void vi.unstubAllEnvs())
}

test('the machine is measured a second after the first record, then every few seconds, and slow measurements arrive later', async () => {
  const dir = temporary()
  path(dir, 'echo "0, 87, 1024, 8192, 65, [N/A]"')
  const source = openSystemFigures({ everySeconds: 5, runDir: dir })
  expect(source.take(0, 0)).toBeNull()
  expect(source.take(40, 999)).toBeNull()
  let nowMs = 1e4
  const later = (): unknown => {
    nowMs += 1e4
    return source.take(100, nowMs)
  }
  await vi.waitFor(() => expect(later()).toMatchObject({ 'sys/gpu0_percent': 87 }), { interval: 20, timeout: 300_000 })
  source.close()
  const other = openSystemFigures({ everySeconds: 5, runDir: dir })
  other.take(0, 0)
  const first = other.take(10, 1000)
  expect(first).toMatchObject({
    'sys/step_seconds': 0.1,
    'sys/rss_mib': expect.any(Number),
    'sys/cpu_percent': expect.any(Number),
    'sys/load1': expect.any(Number),
    'sys/memory_free_mib': expect.any(Number),
  })
  expect(other.take(30, 5999)).toBeNull()
  expect(other.take(60, 6000)).toMatchObject({ 'sys/step_seconds': 0.1 })
  other.close()
})

test('a machine without GPUs, a directory that is missing, and a failing nvidia-smi leave out their measurements, and nothing throws', async () => {
  const dir = temporary()
  path(dir)
  expect(hasNvidiaSmi(process.env)).toBe(false)
  const source = openSystemFigures({ runDir: join(dir, 'missing') })
  source.take(0, 0)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const names = Object.keys(source.take(1, 1e6) ?? {})
  expect(names.filter((name) => /gpu|disk/.test(name))).toEqual([])
  expect(names).toContain('sys/rss_mib')
  source.close()
  expect(parseGpus('')).toEqual({})
  expect(parseGpus('1, 5, x, 3, [N/A], 20.5\n')).toEqual({
    gpu1_percent: 5,
    gpu1_memory_total_mib: 3,
    gpu1_watts: 20.5,
  })
})

test('the process of another program is read from /proc, regardless of its name', () => {
  const fields = ['S', ...Array(10).fill('0'), '150', '50', ...Array(8).fill('0'), '256']
  expect(parseProcessCounts(`12 (a) b (c)) ${fields.join(' ')}`)).toEqual({ cpuSeconds: 2, rssMib: 1 })
  expect(parseProcessCounts('12 (x)')).toBeNull()
  expect(readProcessCounts(2 ** 30)).toBeNull()
})

test('measurements join the record of their step, the name filter applies to them, and a source that is not due adds nothing', () => {
  const lines: string[] = []
  const append = (text: string): null => {
    lines.push(text)
    return null
  }
  const sink = { append, flush: () => null }
  let closed = 0
  const figures: FigureSource = {
    take: (step) => (step === 1 ? { 'sys/a': 2, 'sys/b': 3 } : null),
    close: () => {
      closed++
    },
  }
  const clock = { wall: () => 0, running: () => 0 }
  const collector = createMetricsCollector({ sink, clock, flushMs: 0, figures, deny: ['sys/b'] })
  const context = { log: () => undefined } as unknown as ModuleContext // Only the log is used.
  for (const step of [0, 1]) collector.onSafePoint({ step, metrics: { loss: 1 } }, context)
  collector.take({ step: 1, epoch: null, wall_time: 5, metrics: {} })
  collector.close()
  expect(
    lines
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).metrics),
  ).toEqual([{ loss: 1 }, { loss: 1, 'sys/a': 2 }, { 'sys/a': 2 }])
  expect(closed).toBe(1)
})

test('the option or the environment turns measuring off, a number is an interval in seconds, and an invalid one is reported in one line', () => {
  expect(systemSeconds(undefined, {})).toBe(5)
  expect(systemSeconds(undefined, { HOTCB_SYSTEM: 'off' })).toBeNull()
  expect(systemSeconds(true, { HOTCB_SYSTEM: 'off' })).toBe(5)
  expect(systemSeconds(2, {})).toBe(2)
  expect(systemSeconds(false, {})).toBeNull()
  expect(() => openMetricsCollector({ system: 0 })).toThrow('`system` must be true, false, or seconds > 0, got 0')
  expect(() => openRankFigures({ rank: 0 })).toThrow('`rank` must be a whole number >= 1, got 0')
})

test('with several ranks each has its own measurements, and the skew is the slowest step minus the fastest', () => {
  const shared = { pid: 1, ts: 0, step: 9 }
  const others = [
    { ...shared, rank: 1, figures: { step_seconds: 0.5, rss_mib: 7 } },
    { ...shared, rank: 2, figures: { step_seconds: 0.2 } },
  ]
  expect(joinRanks({ step_seconds: 0.25, rss_mib: 5 }, others, { load1: 1 })).toEqual({
    'step_seconds/rank0': 0.25,
    'rss_mib/rank0': 5,
    'step_seconds/rank1': 0.5,
    'rss_mib/rank1': 7,
    'step_seconds/rank2': 0.2,
    step_skew_seconds: 0.3,
    load1: 1,
  })
  expect(joinRanks({ step_seconds: 1 }, [], { load1: 1 })).toEqual({ step_seconds: 1, load1: 1 })
})

test('a rank writes its measurements to the run directory, rank 0 adds them, and old or broken documents are ignored', async () => {
  const dir = temporary()
  path(dir)
  const context = { runDir: dir, log: () => undefined } as unknown as ModuleContext // Only these are used.
  const module = openRankFigures({ rank: 1, system: 0.001 })
  module.attach?.(context)
  const document = join(dir, 'hotcb.ranks/rank-1.json')
  let step = 0
  await vi.waitFor(
    () => {
      module.onSafePoint?.({ step: step++ }, context)
      expect(parseRankFigures(readFileSync(document, 'utf8'))).toMatchObject({ rank: 1, pid: process.pid })
    },
    { interval: 10, timeout: 300_000 },
  )
  const source = openSystemFigures({ everySeconds: 5, runDir: dir })
  let nowMs = 0
  source.take(0, nowMs)
  await vi.waitFor(
    () => {
      nowMs += 10_000
      expect(source.take(nowMs / 10, nowMs)).toMatchObject({
        'sys/step_seconds/rank0': expect.any(Number),
        'sys/step_seconds/rank1': expect.any(Number),
        'sys/step_skew_seconds': expect.any(Number),
        'sys/memory_free_mib': expect.any(Number),
      })
    },
    { interval: 10, timeout: 300_000 },
  )
  source.close()
  module.close?.()
  writeFileSync(join(dir, 'hotcb.ranks/rank-2.json'), '{"rank": 2, "figures"')
  writeFileSync(join(dir, 'hotcb.ranks/rank-3.json'), JSON.stringify({ rank: 3, pid: 1, ts: 5, step: 1, figures: {} }))
  expect((await readRankFigures(dir, 60)).map(({ rank }) => rank)).toEqual([1])
})

test('a rank does not write its measurements again before the last write has ended', async () => {
  const dir = temporary()
  path(dir)
  const source = openSystemFigures({ everySeconds: 1, rank: 1, runDir: dir })
  onTestFinished(() => source.close())
  // All within one turn, in which no write can end.
  for (let step = 0; step < 30; step++) source.take(step, step * 10_000)
  await vi.waitFor(() => expect(readdirSync(join(dir, 'hotcb.ranks'))).toEqual(['rank-1.json']), 300_000)
  const document = readFileSync(join(dir, 'hotcb.ranks/rank-1.json'), 'utf8')
  expect(parseRankFigures(document)).toMatchObject({ rank: 1, step: 1 })
  let later = 30
  await vi.waitFor(async () => {
    source.take(later, later * 10_000)
    later++
    expect((await readRankFigures(dir, 60))[0]?.step).toBeGreaterThanOrEqual(30)
  }, 300_000)
})
