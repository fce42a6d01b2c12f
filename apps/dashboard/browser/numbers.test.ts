import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { formatNumber } from '../src/shared/describe.ts'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

const LINES = 200_000

test('a skewed metric is drawn at its true mean, smoothed or not, at every zoom', async () => {
  const { url } = await skewedRun(() => 1)
  const { page } = await openPage()
  for (const view of ['', '&smooth=0.9']) {
    for (const zoom of ['0~199999', '20000~120000', '50000~90000']) {
      await page.goto(`${url}run/run?focus=val_loss&marks=0&x=${zoom}${view}`)
      await page.waitForFunction(() => document.querySelector('.legend b')?.textContent !== '–')
      // The band extends from 0 to 4, and the mean is 1. A coarser line may be drawn first.
      await expect
        .poll(async () => 4 * (await page.evaluate(lineHeight)), { message: `${zoom} ${view}` })
        .toBeCloseTo(1, 1)
    }
  }
})

test('the summary and the effect of a change show the numbers that a plain loop over the points computes', async () => {
  const level = (step: number): number => 2.55 - (2.05 * step) / LINES
  const { url, values } = await skewedRun(level)
  const { page } = await openPage()
  await page.goto(`${url}run/run?tab=summary`)
  await page.waitForSelector('table.plain tbody tr')
  const twentieth = LINES / 20
  const [start, end] = [mean(values.slice(0, twentieth)), mean(values.slice(-twentieth))]
  expect(await cells(page, 'table.plain tbody tr')).toEqual([
    'val_loss',
    formatNumber(start),
    formatNumber(end),
    formatNumber(end - start, 3),
    '0',
    '1',
  ])
  // The first change of the ledger is at a fifth of the run.
  const at = LINES / 5
  await page.goto(`${url}run/run?focus=val_loss`)
  await page.locator('.flag').first().click()
  await page.waitForSelector('dialog table.plain tbody tr:has-text("val_loss")')
  const [name, before, after] = await cells(page, 'dialog table.plain tbody tr')
  expect([name, before, after]).toEqual([
    'val_loss',
    formatNumber(mean(values.slice(at - 60, at))),
    formatNumber(mean(values.slice(at + 1, at + 61))),
  ])
})

/** A run whose metric is 0 at three of four steps. At the fourth, it is so large that the mean is `level`. */
async function skewedRun(level: (step: number) => number): Promise<{ url: string; values: readonly number[] }> {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines: LINES, names: ['val_loss'] })
  const values = Array.from({ length: LINES }, (_, step) => (step % 4 === 0 ? 4 * level(step) : 0))
  const lines = values.map((value, step) => `{"step":${step},"metrics":{"val_loss":${value}}}\n`)
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), lines.join(''))
  const site = await dashboard({ dir })
  for (let isRead = false; !isRead; ) {
    const response = await fetch(`${site.url}api/runs/run/metrics`)
    const { indexed_bytes, total_bytes } = (await response.json()) as { indexed_bytes: number; total_bytes: number }
    isRead = indexed_bytes === total_bytes && total_bytes > 0
  }
  return { url: site.url, values }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

async function cells(page: Page, row: string): Promise<string[]> {
  return (await page.locator(row).first().locator('td').allTextContents()).map((text) => text.trim())
}

/** Runs in the page. Returns the mean height of the line, as a fraction of the height of the band around it. */
function lineHeight(): number {
  const canvas = document.querySelector<HTMLCanvasElement>('.chart canvas')
  const over = document.querySelector('.chart .u-over')
  const ctx = canvas?.getContext('2d')
  if (!canvas || !over || !ctx) throw new Error('no chart')
  const [frame, box] = [canvas.getBoundingClientRect(), over.getBoundingClientRect()]
  const [left, top] = [Math.ceil(box.left - frame.left), Math.ceil(box.top - frame.top)]
  const [width, height] = [Math.floor(box.width), Math.floor(box.height)]
  const { data } = ctx.getImageData(left, top, width, height)
  const rows: { readonly line: number[]; readonly band: number[] } = { line: [], band: [] }
  for (let y = 0; y < height; y++) {
    for (let x = 20; x < width - 20; x++) {
      const [r = 0, , b = 0, a = 0] = data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)
      if (b < r + 50 || a < 30) continue
      rows.band.push(y)
      // The grid shows through the band, but lighter.
      if (a > 200 && r < 100) rows.line.push(y)
    }
  }
  const [highest = 0, lowest = 0] = [rows.band[0], rows.band.at(-1)]
  const line = rows.line.reduce((sum, y) => sum + y, 0) / rows.line.length
  return (lowest - line) / (lowest - highest)
}
