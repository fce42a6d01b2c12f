import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { writeDriverSign } from '../src/node/driver-sign.ts'
import { launchDriver } from '../src/node/launch-driver.ts'
import { workspacePaths } from '../src/node/paths.ts'

test('a driver starts in the workspace with the config as its last argument, and its output is appended to a log', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'launch-driver-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const paths = workspacePaths(root)
  mkdirSync(paths.state)
  const log = (): string => readFileSync(paths.driverLog, 'utf8')
  const program = "console.error(process.argv.slice(1).join(' ')); console.log(process.cwd())"
  const lines = [`drive ${paths.config}`, root, ''].join('\n')
  launchDriver(paths, [process.execPath, '-e', program, 'drive'])
  await vi.waitFor(() => expect(log()).toBe(lines), { timeout: 300_000 })
  launchDriver(paths, [process.execPath, '-e', program, 'drive'])
  await vi.waitFor(() => expect(log()).toBe(`${lines}${lines}`), { timeout: 300_000 })
  writeDriverSign(paths, 1)
  rmSync(paths.driverLog)
  launchDriver(paths, [process.execPath, '-e', program])
  expect(() => log()).toThrow('ENOENT')
})
