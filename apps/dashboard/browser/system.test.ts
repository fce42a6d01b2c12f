import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { afterwards, dashboard, openPage, temporaryRoot } from './fixture.ts'

test('the tab System is filled by itself: the machine, and a line for each of two ranks with their skew', async () => {
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
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({})
  page.setDefaultTimeout(40_000)
  await page.goto(`${site.url}run/run?tab=system`)
  await page.waitForSelector('text=sys/step_skew_seconds')
  await page.waitForSelector('text=sys/step_seconds/rank1')
  const text = (await page.textContent('#panel')) ?? ''
  for (const name of ['sys/memory_free_mib', 'sys/disk_free_gib', 'sys/rss_mib/rank0']) expect(text).toContain(name)
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/system.png` })
  expect(await violations(page)).toEqual([])
  expect(errors).toEqual([])
})
