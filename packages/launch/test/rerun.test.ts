import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRunDirectory } from '@hotcb/run/node'
import { describe, expect, test, vi } from 'vitest'
import type { LaunchOptions } from '../src/index.ts'
import type { LaunchHandle } from '../src/node/handle.ts'
import type { LaunchPorts } from '../src/node/ports.ts'
import { learn, startRerun } from '../src/node/rerun.ts'
import { temporaryDirectory } from './live-run.ts'

// The model's memory has its own tests.
vi.mock('@hotcb/autopilot/node', async (original) => ({
  ...(await original<object>()),
  requestedRerun: (_: unknown, sinceS: number) => (sinceS < 100 ? { verdict: 'bad rate', runNumber: 2 } : null),
}))

const PORTS: LaunchPorts = { trainings: {}, source: 'cli' }
const NEXT = { runDir: 'next' } as Partial<LaunchHandle> as LaunchHandle

/** Ends a run with this name, and starts the next one. */
async function rerun(name: string, startedAtMs: number, prepare: (folder: string) => void = () => undefined) {
  const folder = temporaryDirectory()
  const dir = join(folder, name)
  mkdirSync(dir)
  prepare(folder)
  const calls: (readonly [LaunchOptions, LaunchPorts])[] = []
  const options: LaunchOptions = { config: 'simple', seed: 7 }
  const next = await startRerun(
    { run: openRunDirectory(dir), options, startedAtMs, ports: PORTS },
    async (...given) => {
      calls.push(given)
      return NEXT
    },
  )
  return { folder, dir, calls, next }
}

describe('the next run of a series', () => {
  test('has the options and the config of the abandoned run, and learns from it', async () => {
    const prepare = (folder: string) => writeFileSync(join(folder, 'mine/hotcb.autopilot.yaml'), 'mode: suggest\n')
    const { folder, dir, calls, next } = await rerun('mine', 99_999, prepare)
    const runDir = join(folder, 'mine-r2')
    expect(calls).toEqual([[{ config: 'simple', seed: 7, runDir, learnFrom: dir }, PORTS]])
    expect(next).toBe(NEXT)
    expect(readFileSync(join(runDir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('mode: suggest\n')
  })

  test('gets the next free number, and no second suffix', async () => {
    const { folder, calls } = await rerun('mine-r12', 0, (folder) => {
      mkdirSync(join(folder, 'mine-r2'))
      writeFileSync(join(folder, 'mine-r3'), '')
    })
    expect(calls[0]?.[0].runDir).toBe(join(folder, 'mine-r4'))
    expect(readdirSync(join(folder, 'mine-r4'))).toEqual([])
  })

  test('is not started if the model did not request it in this start of the run', async () => {
    const { folder, calls, next } = await rerun('mine', 100_000)
    expect([next, calls, existsSync(join(folder, 'mine-r2'))]).toEqual([null, [], false])
  })
})

test("a run's lessons are shown to another run's model, and a run whose lessons cannot be read is refused", () => {
  const folder = temporaryDirectory()
  const [from, to] = ['from', 'to'].map((name) => {
    mkdirSync(join(folder, name))
    return openRunDirectory(join(folder, name))
  })
  if (from === undefined || to === undefined) throw new Error('expected two runs')
  learn(from, to)
  expect(readdirSync(to.dir)).toHaveLength(1)
  writeFileSync(join(from.dir, 'hotcb.autopilot.yaml'), 'mode: nonsense\n')
  expect(() => learn(from, to)).toThrow(
    expect.objectContaining({
      ...{ name: 'LaunchError', code: 'bad-option' },
      message: expect.stringContaining(`cannot learn from \`${from.dir}\`: `),
    }),
  )
})
