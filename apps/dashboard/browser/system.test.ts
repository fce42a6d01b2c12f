import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { afterwards, dashboard, eventually, openPage, temporaryRoot } from './fixture.ts'

test('the System tab shows the machine, and a line for each of two ranks with their skew', async () => {
  const root = temporaryRoot()
  const program = fileURLToPath(new URL('../../cli/bin/hotcb.js', import.meta.url))
  const { HOTCB_SYSTEM: _, ...env } = process.env
  const flags = ['--ranks', '2', '--max-steps', '100000', '--step-delay', '0.01']
  const child = spawn(process.execPath, [program, '--dir', join(root, 'run'), 'demo', ...flags], {
    stdio: 'ignore',
    env,
  })
  // The other rank ends when this one does.
  afterwards(() => child.kill('SIGKILL'))
  const metrics = join(root, 'run/hotcb.metrics.jsonl')
  await eventually(() => existsSync(metrics) && readFileSync(metrics, 'utf8').includes('"sys/step_skew_seconds"'))
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({})
  await page.goto(`${site.url}run/run?tab=system&q=step`)
  await page.waitForSelector('[data-chart="sys/step_skew_seconds"]')
  const legend = page.locator('[data-chart="sys/step_seconds"]')
  await legend.getByText('sys/step_seconds/rank1').first().waitFor()
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/system.png` })
  await page.goto(`${site.url}run/run?tab=system`)
  await page.waitForSelector('[data-chart="sys/cpu_percent"]')
  await page.waitForSelector('[aria-label="Started from"]')
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/system0.png` })
  expect(await violations(page)).toEqual([])
  expect(errors).toEqual([])
})
