import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

const LINES = 40_000

test('each of a thousand one-point spikes is visible in the pixels, at every zoom', async () => {
  const root = temporaryRoot()
  const steps: number[] = []
  for (let step = 17; steps.length < 1000; step += 29 + ((step * 7) % 23)) steps.push(step % LINES)
  const spikes = steps.map((step) => ({ step, name: 'noise', value: 40 }))
  generateRun(join(root, 'run'), { lines: LINES, names: ['noise'], spikes, changes: false })
  const site = await dashboard({ dir: join(root, 'run') })
  const { page } = await openPage()
  for (const [from, to] of [
    [0, LINES - 1],
    [0, 20_000],
    [9_000, 19_000],
    [15_000, 18_000],
    [30_100, 31_000],
    [12_000, 12_300],
  ] as const) {
    await page.goto(`${site.url}run/run?focus=noise&marks=0&x=${from}~${to}`)
    await page.waitForFunction(() => document.querySelector('.legend b')?.textContent !== '–')
    const wanted = steps.filter((step) => step > from && step < to)
    // A chart is drawn from a coarser window first.
    await expect.poll(() => missing(wanted, from, to), { timeout: 60_000 }).toEqual([])
  }

  function missing(wanted: readonly number[], from: number, to: number): Promise<readonly (number | string)[]> {
    return page.evaluate(
      ({ wanted, from, to }) => {
        const canvas = document.querySelector<HTMLCanvasElement>('.chart canvas')
        const over = document.querySelector('.chart .u-over')
        const ctx = canvas?.getContext('2d')
        if (!canvas || !over || !ctx) return ['no chart']
        const scale = canvas.width / canvas.clientWidth
        const frame = canvas.getBoundingClientRect()
        const box = over.getBoundingClientRect()
        const left = (box.left - frame.left) * scale
        const top = (box.top - frame.top) * scale
        const width = box.width * scale
        // Noise stays below a tenth of the height, so only spikes draw in the upper half.
        const height = Math.floor((box.height * scale) / 2)
        return wanted.filter((step) => {
          const x = Math.round(left + ((step - from) / (to - from)) * width)
          const { data } = ctx.getImageData(x - 1, Math.ceil(top), 3, height)
          for (let i = 0; i < data.length; i += 4) {
            const [r = 0, , b = 0, a = 0] = data.subarray(i, i + 4)
            if (a > 40 && b > r + 50) return false
          }
          return true
        })
      },
      { wanted, from, to },
    )
  }
})
