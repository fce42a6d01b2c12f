import { readFileSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type AutopilotOptions, createAutopilot, DEFAULT_LIMITS } from '../src/index.ts'
import { openAutopilot as autopilotOfRun } from '../src/node.ts'
import { checkpointsOf, keptLog, openTraining, runDir, type TrainingOptions } from './training.ts'

function saved(dir: string): readonly string[] {
  return checkpointsOf(dir).filter((told) => told.startsWith('save'))
}

/** The log lines about checkpoints for rescues. */
function said(dir: string): readonly string[] {
  const lines = readFileSync(join(dir, 'hotcb.log'), 'utf8').split('\n')
  return lines.filter((line) => line.includes('saved for rescues'))
}

/** Runs 600 steps of 10 ms, with saves that take `saveMs`, under these autopilot options. */
function trained(options: AutopilotOptions, saveMs = 0, more: Partial<TrainingOptions> = {}): string {
  const dir = runDir()
  let now = 0
  const clock = (): number => now
  const onSave = (): void => {
    now += saveMs
  }
  const training = openTraining(dir, {
    lr: 0.4,
    onSave,
    ...more,
    modules: [createAutopilot({ mode: 'auto', clock, ...options })],
  })
  for (let step = 0; step < 600; step++) {
    now += 10
    training.train(1)
  }
  training.kernel.close()
  return dir
}

test('a module saves the start and every epoch if that costs little', () => {
  expect(saved(trained({})).slice(0, 4)).toEqual(['save auto-start', 'save auto-52', 'save auto-102', 'save auto-152'])
})

test('after a save that took a second, a module saves nothing for a hundred seconds', () => {
  // 600 steps take six seconds.
  expect(saved(trained({}, 1000))).toEqual(['save auto-start'])
  // 50 ms are one percent of five seconds, or of 500 steps.
  expect(saved(trained({}, 50))).toEqual(['save auto-start', 'save auto-502'])
})

test('a module stops saving if a third of the free disk space would be filled, and reports it once', () => {
  const dir = runDir()
  // A sparse file: it has the size of the free disk space, but occupies none.
  const onSave = (folder: string): void => {
    const path = join(folder, 'huge.bin')
    writeFileSync(path, '')
    const { bavail, bsize } = statfsSync(folder)
    truncateSync(path, Math.min(bavail * bsize, 2 ** 43))
  }
  const training = openTraining(dir, { lr: 0.4, onSave, modules: [autopilotOfRun({ mode: 'auto' })] })
  training.train(300)
  training.kernel.close()
  expect(saved(dir)).toEqual(['save auto-start'])
  expect(said(dir)).toEqual([
    expect.stringMatching(/no more checkpoints will be saved for rescues: 4 of them need \d+ bytes/),
  ])
})

test.each(['never', 'ask'] as const)(
  'with `checkpoint: %s` in the limits a module saves nothing, and reports it once',
  (permission) => {
    const limits = { ...DEFAULT_LIMITS, words: { ...DEFAULT_LIMITS.words, checkpoint: permission } }
    const dir = trained({ limits })
    expect(checkpointsOf(dir)).toEqual([])
    expect(said(dir)).toEqual([expect.stringContaining(`\`limits\` contains \`checkpoint: ${permission}\``)])
  },
)

test('if a trainer can save but not load, a rescue only lowers the rate, and nothing is saved for rescues', () => {
  const log = keptLog()
  const dir = trained({ log: log.open }, 0, { lr: 2.2, canLoad: false })
  expect(checkpointsOf(dir)).toEqual([])
  expect(log.lines.find(({ kind }) => kind === 'proposed')?.data?.['plan']).toEqual([
    'set lr from 2.2 to 0.22',
    'the weights stay as they are: this trainer cannot load a checkpoint while it trains; to go back, stop it and restart it from a checkpoint',
  ])
})
