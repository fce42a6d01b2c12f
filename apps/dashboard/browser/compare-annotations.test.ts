import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

/** Two runs, each with annotations. */
function annotatedRuns(): string {
  const root = temporaryRoot()
  for (const [at, name] of ['left', 'right'].entries()) generateRun(join(root, name), { lines: 300, seed: at + 1 })
  const note = { value: null, metric: null, author: 'ada', ts: 1 }
  const runs = {
    left: { rev: 1, notes: { n1: { ...note, step: 80, text: 'the data changed here' } } },
    right: {
      rev: 1,
      notes: {
        n2: { ...note, step: 200, text: 'smaller rate', metric: 'val_loss', author: 'bob' },
        n3: { ...note, step: 100, text: 'elsewhere', metric: 'val_accuracy' },
      },
    },
  }
  writeFileSync(join(root, 'hotcb.annotations.json'), JSON.stringify({ protocol: 1, runs }))
  return root
}

test('the comparison page shows the annotations of its runs by mouse and by keyboard, as a list, and in saved pictures', {
  timeout: 240_000,
}, async () => {
  const site = await dashboard({ roots: [annotatedRuns()] })
  const { page, errors } = await openPage()
  await page.goto(`${site.url}compare?runs=left,right&m=val_loss`)
  await page.waitForSelector('.compare-chart[data-lines="2"]')
  const names = await page.getByRole('list', { name: 'Annotations on val_loss' }).getByRole('button').all()
  expect(await Promise.all(names.map((one) => one.getAttribute('aria-label')))).toEqual([
    'Annotation of left: the data changed here. ada, step 80',
    'Annotation of right: smaller rate. bob, step 200',
  ])

  // By mouse, then by keyboard: the list is a single tab stop, and arrow keys move within it.
  const text = (part: string): string => `.compare-annotations p:visible:has-text("${part}")`
  await page.hover('[aria-label^="Annotation of right"]')
  await page.waitForSelector(text('smaller rate'))
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/compare-hover.png` })
  await page.focus('.compare-catch')
  await page.mouse.move(0, 0)
  await page.waitForSelector(text('smaller rate'), { state: 'hidden' })
  await page.keyboard.press('Tab')
  await page.waitForSelector(text('the data changed here'))
  await page.keyboard.press('ArrowRight')
  await page.waitForSelector(text('smaller rate'))
  await page.keyboard.press('Escape')
  await page.waitForSelector(text('smaller rate'), { state: 'hidden' })

  await page.click('[aria-label="Options for val_loss"]')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('dialog button:text-is("SVG")')])
  expect(readFileSync(await download.path(), 'utf8')).toMatch(/left: the data changed here.*right: smaller rate/s)
  await page.keyboard.press('Escape')

  // The annotations of a hidden run are hidden too.
  await page.uncheck('.compare-legend label:has-text("right") input')
  await page.waitForSelector('[aria-label^="Annotation of right"]', { state: 'detached' })
  expect(await page.locator('.compare-annotations button').count()).toBe(1)
  expect(errors).toEqual([])
})

test('axe finds nothing on annotated charts, and their texts fit, in two themes and on a phone', {
  timeout: 240_000,
}, async () => {
  const site = await dashboard({ roots: [annotatedRuns()] })
  for (const looks of [{ theme: 'light' }, { theme: 'dark' }, { width: 390, height: 844 }] as const) {
    const { page } = await openPage(looks)
    await page.goto(`${site.url}compare?runs=left,right&m=val_loss`)
    await page.focus('[aria-label^="Annotation of left"]')
    await page.waitForSelector('.compare-annotations p:visible')
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    if (process.env['SHOTS'])
      await page.screenshot({
        path: `${process.env['SHOTS']}/compare-${JSON.stringify(looks).replace(/\W+/g, '-')}.png`,
      })
  }
})
