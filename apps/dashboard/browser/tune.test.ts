import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, test } from 'vitest'
import { writeTunedRun } from '../test/tuned-run.ts'
import { violations } from './axe.ts'
import { dashboard, openPage, temporaryRoot } from './fixture.ts'

test("a tuner's changes are shown with their verdicts and its estimates, and a suggestion is accepted under a name", async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeTunedRun(dir, { live: true, start: processStart(), maxSteps: 1000 })
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({ width: 380, height: 800, theme: 'dark' })
  await page.goto(`${site.url}run/run`)
  await page.click('role=tab[name=/^Tuner/]')
  await page.waitForSelector('[data-mutation="m_00002"]:has-text("rejected")')
  expect(await page.textContent('[data-mutation="m_00001"]')).toMatch(/lr 1e-4 → 3e-4.*mid.*accepted.*0\.12/)
  expect(await page.textContent('[data-belief="opt:lr_mult up"]')).toContain(
    '1 of 2 accepted; the next has a 50 % chance',
  )
  expect(await page.textContent('role=tab[name=/^Tuner/]')).toBe('Tuner 1')
  const suggestion = page.locator('[data-suggestion="m_00003"]')
  await suggestion.locator('svg[aria-label^="val_loss around step 340"]').waitFor()
  await page.waitForSelector('.flag')
  expect(await violations(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380)
  await suggestion.getByRole('button', { name: 'Accept' }).click()
  await page.waitForSelector('.toast:has-text("accept m_00003: lr 3e-4 → 5e-4")')
  const sent = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n')
  expect(sent.map((line) => JSON.parse(line))).toMatchObject([{ cid: 'tune-m_00003', author: 'ada' }])
  await suggestion.getByRole('button', { name: 'Reject' }).click()
  await page.waitForSelector('.toast:has-text("reject m_00003: lr 3e-4 → 5e-4")')
  await page.click('[data-mutation="m_00002"] button')
  await page.waitForSelector('dialog:has-text("reverted: the old value was set")')
  expect(errors).toEqual([])
})
