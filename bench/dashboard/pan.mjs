// Twelve charts of a run of 300,000 lines of twenty metrics, panned and zoomed; and the same of bare canvases.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser, panAndZoom } from './browser.mjs'
import { generateRun } from './generate-run.mjs'
import { serve } from './process.mjs'

/** Measures pan and zoom of a run under `root`. */
export async function benchPan(root, lines = 300_000) {
  const dir = join(root, 'wide')
  if (!existsSync(join(dir, 'hotcb.log'))) generateRun(dir, { lines, names: 20 })
  const site = await serve('dir', dir)
  const { page, close } = await openBrowser(2200, 1600)
  const rows = []
  await page.goto(`${site.url}run/wide`)
  await page.waitForFunction(() => document.querySelectorAll('.uplot').length >= 12)
  // By then, the whole file has been read, and the charts are exact.
  for (let indexed = false; !indexed; ) {
    const { indexed_bytes, total_bytes } = await (await fetch(`${site.url}api/runs/wide/metrics`)).json()
    indexed = indexed_bytes === total_bytes
    await page.waitForTimeout(indexed ? 3000 : 200)
  }
  const charts = await page.evaluate(() =>
    [...document.querySelectorAll('.u-wrap')].map((wrap) => wrap.getBoundingClientRect().toJSON()),
  )
  const seen = charts.filter(({ top }) => top < 1600)
  rows.push({ work: `${seen.length} charts visible`, ...(await panAndZoom(page, '.chart .u-over')) })
  await page.goto('about:blank')
  await page.evaluate(drawBare, seen)
  rows.push({
    work: `floor: ${seen.length} canvases of that size, each with a line of 1,000 points`,
    ...(await panAndZoom(page, 'canvas')),
  })
  await close()
  await site.stop()
  return rows
}

/** Runs in the page: at every turn of the wheel each canvas is cleared, and one line is drawn in it. */
function drawBare(boxes) {
  const canvases = boxes.map(({ width, height }) => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    document.body.append(canvas)
    return canvas
  })
  const values = Array.from({ length: 1000 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i))
  let shift = 0
  let isPlanned = false
  const draw = () => {
    isPlanned = false
    for (const canvas of canvases) {
      const { width, height } = canvas
      const ctx = canvas.getContext('2d')
      ctx.clearRect(0, 0, width, height)
      ctx.beginPath()
      for (const [i, value] of values.entries()) ctx.lineTo(((i + shift) / 1000) * width, value * height)
      ctx.stroke()
    }
  }
  addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      shift += 1
      if (!isPlanned) requestAnimationFrame(draw)
      isPlanned = true
    },
    { passive: false },
  )
}
