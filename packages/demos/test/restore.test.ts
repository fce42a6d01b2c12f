import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { latestCheckpoint, listCheckpoints } from '@hotcb/kernel/node'
import { expect, test, vi } from 'vitest'
import { runDemo } from '../src/index.ts'
import { restore } from '../src/run/restore.ts'
import { metrics, paper, temporaryDir } from './run-support.ts'

/** A run that ended at step 30 with three checkpoints. */
async function stoppedRun(): Promise<string> {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 30, checkpointEvery: 10, json: true, screen: paper() })
  return dir
}

test('a checkpoint that another process deletes after it was chosen is replaced by the newest one', async () => {
  const dir = await stoppedRun()
  const [first, second, third] = listCheckpoints(dir)
  if (first === undefined || second === undefined) throw new Error('a run with three checkpoints has fewer')
  const load = vi.fn(({ dir: folder }: { dir: string }) => void readdirSync(folder))
  expect(restore(dir, first, load)).toBe(first)
  rmSync(first.dir, { recursive: true })
  expect(restore(dir, first, load)).toEqual(third)
  // The newest one is deleted too, after it was chosen.
  load.mockReset().mockImplementation(({ dir: folder }) => {
    if (folder === third?.dir) rmSync(folder, { recursive: true })
    readdirSync(folder)
  })
  expect(restore(dir, first, load)).toEqual(second)
  expect(load.mock.calls.map(([{ dir: folder }]) => folder)).toEqual([first.dir, third?.dir, second.dir])
})

test('a checkpoint that exists but cannot be read is an error, and so is a run without any', async () => {
  const dir = await stoppedRun()
  const newest = latestCheckpoint(dir)
  if (newest === null) throw new Error('a run with three checkpoints has none')
  const fault = new Error('a fault')
  const fail = () => {
    throw fault
  }
  expect(() => restore(dir, newest, fail)).toThrow(fault)
  rmSync(join(dir, 'hotcb.checkpoints'), { recursive: true })
  expect(() => restore(dir, newest, fail)).toThrow(fault)
})

test('a run that is continued reports that its checkpoint was deleted, and from which one it continues', async () => {
  const dir = await stoppedRun()
  const screen = paper()
  // The first line is printed between the choice of a checkpoint and its use.
  const write = (text: string): void => {
    if (text.startsWith('Continuing')) rmSync(join(dir, 'hotcb.checkpoints/step-30'), { recursive: true })
    screen.write(text)
  }
  await runDemo({ dir, continue: true, maxSteps: 40, screen: { ...screen, write } })
  expect(screen.text()).toContain('Continuing from checkpoint step-30.\n')
  expect(screen.text()).toContain(
    'step-30 has been deleted. Continuing from checkpoint step-20. Steps 20 to 29 will be repeated.\n',
  )
  expect(metrics(dir).map(({ step }) => step)).toEqual([
    ...Array(30).keys(),
    ...Array.from({ length: 20 }, (_, i) => 20 + i),
  ])
})
