import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { takeClaim } from '../src/node/claims.ts'

test('a claim is renewed by the clock of the file system, so that a host whose clock is behind does not seem to be gone', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sweep-claims-'))
  onTestFinished(() => {
    vi.restoreAllMocks()
    rmSync(dir, { recursive: true })
  })
  const claim = await takeClaim(dir, 0)
  const [name = ''] = readdirSync(dir)
  const placedMs = lstatSync(join(dir, name)).mtimeMs
  vi.spyOn(Date, 'now').mockReturnValue(placedMs - 600_000)
  claim.renew()
  expect(lstatSync(join(dir, name)).mtimeMs).toBeGreaterThanOrEqual(Math.floor(placedMs))
  claim.check()
  claim.release()
  expect(readdirSync(dir)).toEqual([`${name}.free`])
})
