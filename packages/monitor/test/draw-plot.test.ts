import { expect, test } from 'vitest'
import { monitorPaths, writePlan } from '../src/node/monitor-files.ts'
import { drawPlot, plotOfWords, resultsOf } from '../src/node/plot.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const LOGS = 'log_result train_loss 3 1; log_result train_loss 2 2; log_result "val/acc" "0.$HYPERHERD_TRIAL_ID" 2'
const UP = 'objective: {metric: val/acc, direction: max}\n'

function partsOf({ workspace, root }: TestSweep) {
  return { workspace, paths: monitorPaths(root, workspace.paths.state), scrub: (text: string) => text }
}

async function finished(more = ''): Promise<TestSweep> {
  const one = sweep(LOGS, { trials: 3, more })
  await one.finish()
  return one
}

test('without a metric, the objective is drawn; without an objective, the metric of the plan or the most likely one', async () => {
  const own = partsOf(await finished(UP))
  expect(resultsOf(own.workspace, null, 'Success metric: train_loss')).toMatchObject({
    metric: 'val/acc',
    direction: 'max',
  })
  expect(resultsOf(own.workspace, 'train_loss', '')).toMatchObject({ metric: 'train_loss' })
  const free = partsOf(await finished())
  expect(resultsOf(free.workspace, null, '').metric).toBe('val/acc')
  expect(resultsOf(free.workspace, null, 'Success metric: train_loss').metric).toBe('train_loss')
  writePlan(free.paths, 'Success metric: train_loss')
  expect((await plotOfWords(free, [])).text).toBe('curves of train_loss: 3 trials, the lowest is the best')
})

test('a picture has a caption and the name of its metric without special characters', async () => {
  const own = partsOf(await finished(UP))
  const drawn = await plotOfWords(own, ['val/acc', '0,2', 'smooth=3'])
  const text = 'curves of val/acc: 2 trials, the highest is the best, each point the mean of 3 values'
  expect(drawn).toEqual({ text, file: { name: 'curves-val-acc.png', about: text, content: expect.any(Uint8Array) } })
  expect(String.fromCharCode(...(drawn.file.content.slice(1, 4) as Uint8Array))).toBe('PNG')
  // Only curves are smoothed.
  const other = await plotOfWords(own, ['parallel', 'smooth=3'])
  expect([other.text, other.file.name]).toEqual([
    'parallel of val/acc: 3 trials, the highest is the best',
    'parallel-val-acc.png',
  ])
})

test.each([
  [['val/acc', '0,9'], 'trial 9 does not exist'],
  [['a', 'b'], '"b" was not expected; give a kind, a metric, trials and smooth=N'],
])('/plot %j is refused', async (words, reason) => {
  await expect(plotOfWords(partsOf(await finished(UP)), words)).rejects.toThrow(reason)
})

test('a plot that does not exist is named with those that do', async () => {
  const own = partsOf(await finished(UP))
  await expect(drawPlot(own, { kind: 'pie', metric: null, trials: null, smooth: 1 })).rejects.toThrow(
    'unknown plot "pie"; choose from curves, parallel, importance, contour, rungs, lineage',
  )
})

test('trials without a value, and sweeps without a metric, have nothing to draw', async () => {
  const some = sweep('[ "$HYPERHERD_TRIAL_ID" = 1 ] || log_result a 1 1', { trials: 2 })
  await some.finish()
  await expect(plotOfWords(partsOf(some), ['a', '1'])).rejects.toThrow('none of these trials has reported "a"')
  const one = sweep('true', { trials: 1 })
  await one.finish()
  await expect(plotOfWords(partsOf(one), [])).rejects.toThrow('no trial has reported a metric yet')
})

test('secrets are removed before a picture is drawn, and a long name is cut', async () => {
  const name = `m${'x'.repeat(80)}`
  const one = sweep(`log_result ${name} 1 1; log_result ${name} 2 2`, { trials: 1 })
  await one.finish()
  const drawn: string[] = []
  const scrub = (text: string): string => {
    drawn.push(text)
    return text
  }
  const { file } = await plotOfWords({ ...partsOf(one), scrub }, [name])
  expect(file.name).toBe(`curves-m${'x'.repeat(59)}.png`)
  expect(drawn).toEqual([expect.stringMatching(/^<svg/)])
  const odd = sweep('log_result "%%" 1 1; log_result "%%" 2 2', { trials: 1 })
  await odd.finish()
  expect((await plotOfWords(partsOf(odd), ['%%'])).file.name).toBe('curves-metric.png')
})
