import { expect, test } from 'vitest'
import { type AutoCheckpoint, createCheckpointSaver, type SaverOptions } from '../src/index.ts'

/** Runs a saver over steps of 10 ms with saves that take `costMs`. Returns the steps at which it saved. */
function run(
  options: Partial<SaverOptions>,
  costMs: number | ((saves: number) => number) = 0,
  steps = 2000,
): { saved: number[]; said: string[] } {
  const said: string[] = []
  let now = 0
  const saver = createCheckpointSaver({ clock: () => now, say: (message) => said.push(message), ...options })
  let checkpoints: AutoCheckpoint[] = []
  const saved: number[] = []
  let tookMs: number | null = null
  for (let step = 0; step < steps; step++) {
    now += 10
    const look = { step, epochSteps: 50, isBusy: false, checkpoints, permission: 'auto', tookMs } as const
    tookMs = null
    for (const { params } of saver.look(look)) {
      const tag = String(params?.['tag'])
      if (params?.['action'] === 'save') {
        tookMs = typeof costMs === 'number' ? costMs : costMs(saved.length)
        now += tookMs
        saved.push(step)
        checkpoints = [...checkpoints, { tag, step, clock: step }]
        saver.answered(tag, true)
      } else checkpoints = checkpoints.filter((one) => one.tag !== tag)
      expect(checkpoints.length).toBeLessThanOrEqual(4)
    }
  }
  return { saved, said }
}

test('a checkpoint is saved every epoch, and three are kept', () => {
  expect(run({}).saved.slice(0, 3)).toEqual([50, 100, 150])
})

test('saving takes at most one percent of the time', () => {
  const { saved } = run({}, 100)
  // 100 ms of 10 s: every 1,000 steps of 10 ms, once the duration of the first save is known.
  expect(saved.length).toBe(2)
})

test('a slow first save delays the next ones less and less', () => {
  // 100 ms, then 1 ms: the next ones are due about 1,000, 500 and 250 steps of 10 ms later.
  const { saved } = run({}, (n) => (n === 0 ? 100 : 1), 3000)
  const gaps = saved.slice(1).map((step, i) => step - (saved[i] ?? 0))
  expect(gaps.slice(0, 4)).toEqual([1001, 501, 251, 126])
})

test('checkpoints that would take more than a third of the free disk are off, and that is reported once', () => {
  const { saved, said } = run({ disk: { free: () => 1000, sizeOf: () => 100 } })
  expect(saved).toEqual([50])
  expect(said).toEqual([
    'autopilot: no more checkpoints will be saved for rescues: 4 of them need 400 bytes, but only 1000 are free',
  ])
})

test('two saves that are answered after the disk has become too small cause one message', () => {
  const said: string[] = []
  const disk = { free: () => 1199, sizeOf: () => 100 }
  const saver = createCheckpointSaver({ disk, say: (message) => said.push(message) })
  saver.answered('auto-2', true)
  saver.answered('auto-4', true)
  expect(said).toHaveLength(1)
})

test('checkpoints that take exactly a third of the free disk are saved', () => {
  expect(run({ disk: { free: () => 1200, sizeOf: () => 100 } }).said).toEqual([])
})

test('checkpoints are saved even if the disk cannot be measured', () => {
  expect(run({ disk: { free: () => undefined, sizeOf: () => undefined } }).saved.length).toBeGreaterThan(30)
})
