import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, eventually, openPage, startTraining, temporaryRoot } from './fixture.ts'

async function open(looks: Parameters<typeof openPage>[0]): Promise<{ page: Page; errors: string[] }> {
  const root = temporaryRoot()
  startTraining(join(root, 'run'), ['--max-steps', '100000'])
  await eventually(() => existsSync(join(root, 'run/hotcb.actuators.json')))
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage(looks)
  await page.goto(`${site.url}run/run?tab=controls`)
  await page.waitForSelector('[data-control="momentum"]')
  return { page, errors }
}

test('a ramp is drawn while it is typed and before it is sent; a value staged later is shown to end the ramp', async () => {
  const { page, errors } = await open({})
  await page.click('[aria-label="Ramp for momentum…"], [data-control="momentum"] button:text-is("Ramp…")')
  await page.fill('dialog label:text-is("End") + input', '7')
  await page.fill('dialog label:text-is("Steps") + input', '5000')
  await page.waitForSelector('dialog .issue:has-text("7")')
  await page.fill('dialog label:text-is("End") + input', '0.5')
  await page.waitForSelector('dialog [data-course="momentum"]')
  expect(await violations(page)).toEqual([])
  await page.press('dialog label:text-is("Steps") + input', 'Enter')
  await page.waitForSelector('.staged-bar [data-course="momentum"]')
  expect(await page.getAttribute('.staged-bar .course svg', 'aria-label')).toMatch(
    /^momentum: from step \d+ to 0\.5 at step \d+; without the change it remains 0\.9$/,
  )
  expect(await page.textContent('.staged-bar [data-staged="ramps.momentum"]')).toContain('linear to 0.5 in 5000 steps')
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/ramp.png` })
  expect(await violations(page)).toEqual([])
  await page.click('.staged-bar button.primary')
  await page.waitForSelector('[data-control="momentum"] .badge:text-is("ramp")')
  await page.waitForSelector('.staged-bar', { state: 'detached' })

  await page.fill('#control-momentum', '0.3')
  await page.press('#control-momentum', 'Enter')
  await page.waitForSelector('.staged-bar [data-course="momentum"]')
  expect(await page.getAttribute('.staged-bar .course svg', 'aria-label')).toContain(
    'without the change its ramp continues to 0.5',
  )
  expect(errors).toEqual([])
})

test('on a phone with the dark theme the plots fit one below another, and so does the dialog of a ramp', async () => {
  const { page, errors } = await open({ width: 390, height: 844, theme: 'dark' })
  await page.fill('#control-momentum', '0.3')
  await page.press('#control-momentum', 'Enter')
  await page.waitForSelector('.staged-bar .course')
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/ramp-phone.png` })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await violations(page)).toEqual([])
  expect(errors).toEqual([])
})

test('the staged bar keeps its layout on the Charts tab, with its plots next to it', async () => {
  const { page, errors } = await open({})
  await page.fill('#control-momentum', '0.3')
  await page.press('#control-momentum', 'Enter')
  // The styles of the charts are loaded with their tab.
  await page.click('role=tab[name="Charts"]')
  await page.waitForSelector('.chart .uplot')
  const boxOf = async (selector: string) => (await page.locator(`.staged-bar ${selector}`).boundingBox()) ?? OUTSIDE
  const [apply, at, note, plot] = [
    await boxOf('.primary'),
    await boxOf('.at-step'),
    await boxOf('.note'),
    await boxOf('.course'),
  ]
  expect(at.x).toBeGreaterThanOrEqual(apply.x + apply.width)
  expect(note.x).toBeGreaterThanOrEqual(at.x + at.width)
  expect(plot.x).toBeGreaterThanOrEqual(note.x + note.width)
  expect((await page.locator('.staged-bar').boundingBox())?.height).toBeLessThan(140)
  expect(errors).toEqual([])
})

const OUTSIDE = { x: -1, y: -1, width: 0, height: 0 }
