import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { dashboard, openPage, startTraining, temporaryRoot } from './fixture.ts'
import { serve } from './served.ts'

async function lanes(page: Page): Promise<readonly string[]> {
  return page.locator('.tree li').evaluateAll((items) => items.map((item) => item.getAttribute('data-lane') ?? ''))
}

/** Saves a checkpoint with this name, and waits until it is listed. */
async function save(page: Page, tag: string): Promise<void> {
  await page.fill('[aria-label="Name of the checkpoint"]', tag)
  await page.waitForSelector('.save button:enabled')
  await page.press('[aria-label="Name of the checkpoint"]', 'Enter')
  await page.waitForSelector(`[data-checkpoint="${tag}"]`)
}

test('a person saves a checkpoint, loads it, and starts a new run from it with a different rate; the tree shows both', async () => {
  const root = temporaryRoot()
  writeFileSync(join(root, 'hotcb.launch.yaml'), 'config: simple\nmax_steps: 100000\nstep_delay: 0.02\nseed: 7\n')
  const { page, errors } = await openPage()
  page.on('dialog', (dialog) => void dialog.accept())
  await page.goto(await serve(root))
  await page.click('button:text-is("New run")')
  await page.click('[data-choice="hotcb.launch.yaml"]')
  await page.click('dialog button:text-is("Start")')
  await page.waitForURL(/\/run\/runs~simple-001/)
  await page.click('role=tab[name="Checkpoints"]')
  await page.waitForSelector('text=This run has no checkpoint yet')
  await save(page, 'mine')
  expect(await lanes(page)).toEqual(['now'])
  expect(await page.textContent('[data-checkpoint="mine"]')).toContain('ada')

  await page.click('[aria-label="Load mine"]')
  await page.waitForSelector('.tree li[data-lane="left"]')
  expect(await lanes(page)).toEqual(['left', 'now'])
  expect(await page.textContent('.tree li[data-lane="now"]')).toContain('loaded mine')
  expect(await page.textContent('[data-checkpoint="mine"]')).toContain('a branch that was abandoned at step')

  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/tree.png` })
  await page.click('[aria-label="New run from mine…"]')
  await page.fill('dialog input.mono', 'lrr=1')
  expect(await page.textContent('dialog .start-changes .issue')).toContain('did you mean `lr`?')
  expect(await page.isDisabled('dialog button:text-is("Start new run")')).toBe(true)
  await page.fill('dialog input.mono', 'lr=0.0123')
  expect(await violations(page)).toEqual([])
  await page.click('dialog button:text-is("Start new run")')
  await page.waitForURL(/\/run\/runs~simple-002/)
  await page.click('role=tab[name="Ledger"]')
  await page.waitForSelector('text=0.0123')
  await page.click('role=tab[name="Output"]')
  await page.waitForSelector('[aria-label="Output"]')
  const { parent } = JSON.parse(readFileSync(join(root, 'runs/simple-002/hotcb.run.json'), 'utf8'))
  expect(parent).toMatchObject({ run: 'simple-001', tag: 'mine', dir: join(root, 'runs/simple-001') })

  await page.click('role=tab[name="Checkpoints"]')
  await page.waitForSelector('.tree a:text-is("runs/simple-001")')
  expect(await lanes(page)).toEqual(['other', 'now'])
  expect(await violations(page)).toEqual([])
  await page.click('.tree a:text-is("runs/simple-001")')
  await page.waitForURL(/\/run\/runs~simple-001/)
  await page.click('role=tab[name="Checkpoints"]')
  await page.waitForSelector('.tree li[data-lane="other"] a:text-is("runs/simple-002")')
  expect(await lanes(page)).toEqual(['left', 'now', 'other'])
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/tree3.png` })
  expect(errors).toEqual([])
})

test('on a phone with the dark theme the tree fits, and one line states why a run cannot be branched', async () => {
  const root = temporaryRoot()
  startTraining(join(root, 'mine'), ['--max-steps', '100000', '--checkpoint-every', '20'])
  const { page, errors } = await openPage({ width: 390, height: 844, theme: 'dark' })
  await page.goto(`${await serve(root)}run/mine?tab=checkpoints`)
  await page.waitForSelector('text=this run was not started by hotcb launch or by a page')
  await page.waitForSelector('[data-checkpoint] [aria-label^="Load"]')
  expect(await page.locator('[aria-label^="New run from"]').count()).toBe(0)
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/phone.png` })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await violations(page)).toEqual([])
  const without = await dashboard({ roots: [root] })
  await page.goto(`${without.url}run/mine?tab=checkpoints`)
  await page.waitForSelector('text=This dashboard cannot start training runs')
  expect(errors).toEqual([])
})
