import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

const HOSTILE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" onload="parent.pwned = 1">
<script>window.pwned = 1</script><rect width="20" height="20" fill="teal"/></svg>`

function runWithMedia(root: string): void {
  const dir = join(root, 'run')
  generateRun(dir, { lines: 100 })
  for (const name of ['samples', 'notes']) mkdirSync(join(dir, 'media', name), { recursive: true })
  for (const step of [10, 20]) {
    writeFileSync(join(dir, `media/samples/${step}.svg`), HOSTILE)
    writeFileSync(join(dir, `media/notes/${step}.txt`), `at step ${step}\n<img src=x onerror="window.pwned = 1">`)
  }
  const features = Array.from({ length: 40 }, (_, at) => {
    const activations = [Array.from({ length: 60 }, (_, i) => Math.sin(i * 1.7) * (1 + at / 10))]
    return `${JSON.stringify({ step: at * 5, layer_name: 'conv1', activations })}\n`
  })
  writeFileSync(join(dir, 'hotcb.features.jsonl'), features.join(''))
}

test('images, text and activations have a tab, a slider selects the step, and no script in them runs', {
  timeout: 240_000,
}, async () => {
  const root = temporaryRoot()
  runWithMedia(root)
  generateRun(join(root, 'plain'), { lines: 10 })
  const site = await dashboard({ roots: [root] })
  for (const look of [{ theme: 'light' }, { theme: 'dark' }, { width: 390, height: 844 }] as const) {
    const { page, errors } = await openPage(look)
    await page.goto(`${site.url}run/run`)
    await page.click('role=tab[name="Media"]')
    await page.waitForSelector('img[alt="samples at step 20"]')
    await page.waitForFunction(() => (document.querySelector('.media-image') as HTMLImageElement).naturalWidth > 0)
    await page.waitForSelector('.media-text:has-text("at step 20")')
    await page.waitForSelector('.compare-chart[data-chart="conv1"][data-lines="7"] canvas')
    await page.focus('[aria-label="Step of samples"]')
    await page.keyboard.press('ArrowLeft')
    await page.waitForSelector('img[alt="samples at step 10"]')
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    if (process.env['SHOTS']) {
      const name = JSON.stringify(look).replace(/\W+/g, '-')
      await page.screenshot({ path: `${process.env['SHOTS']}/media${name}.png`, fullPage: true })
    }
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(errors).toEqual([])
  }
  const { page } = await openPage()
  await page.goto(`${site.url}api/runs/run/media/samples/10.svg`)
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
  await page.goto(`${site.url}run/plain`)
  await page.waitForSelector('.chart .uplot')
  expect(await page.locator('role=tab').allTextContents()).not.toContain('Media')
})
