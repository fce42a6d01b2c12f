import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { afterwards, dashboard, eventually, openPage, temporaryRoot } from './fixture.ts'

// The trainer of examples/own-module has a module `noise`, and the dashboard learns about it only from the kernel's description.
const EXAMPLE = fileURLToPath(new URL('../../../examples/own-module', import.meta.url))

test("a trainer's module has its words in the command bar, and its own texts in the ledger, the charts and the table of runs", async () => {
  const root = temporaryRoot()
  const dir = join(root, 'noisy')
  const trainer = spawn(process.execPath, ['train.js', dir, '1000000', '5'], { cwd: EXAMPLE, stdio: 'ignore' })
  afterwards(() => trainer.kill('SIGKILL'))
  await eventually(() => existsSync(join(dir, 'hotcb.actuators.json')) || undefined)
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await page.goto(`${site.url}run/noisy`)
  await page.waitForSelector('[data-control="lr"]')

  const bar = page.locator('[aria-label="Command"]')
  await bar.fill('noi')
  await page.getByRole('option', { name: 'noise' }).waitFor()
  await bar.fill('noise use ga')
  await page.getByRole('option', { name: 'gauss' }).waitFor()
  await bar.fill('noise use gaus')
  await bar.press('Escape')
  await bar.press('Enter')
  await page.getByText('`noise enable` accepts gauss and uniform, got "gaus"').waitFor()
  await bar.fill('noise use gauss --strength 0.2')
  await bar.press('Escape')
  await bar.press('Enter')

  await page.getByRole('tab', { name: 'Ledger' }).click()
  await page.getByRole('table', { name: 'Ledger' }).getByText('noise gauss of 0.2').waitFor()
  await page.getByRole('button', { name: /step \d+: noise gauss of 0\.2.*, applied/ }).waitFor()
  await page.goto(site.url)
  await page.getByText('noise gauss of 0.2').waitFor()
  expect(errors).toEqual([])
})
