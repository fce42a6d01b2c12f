import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, onTestFinished, test, vi } from 'vitest'
import { claimHolder, takeClaim } from '../src/node/claims.ts'
import { hostMark } from '../src/node/paths.ts'

test('a claim is renewed with the time of the file system, so that a host with a slow clock does not seem to be gone', async () => {
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

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sweep-claims-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

test('only one process has the claim, the next one gets a higher number, and a released claim has no holder', async () => {
  const dir = directory()
  expect([claimHolder(join(dir, 'none')), claimHolder(dir)]).toEqual([null, null])
  const first = await takeClaim(dir, 0)
  expect(claimHolder(dir)).toContain(`process ${process.pid} on `)
  await expect(takeClaim(dir, 0)).rejects.toThrow(
    `another process is writing to this workspace: process ${process.pid} on`,
  )
  first.release()
  expect(claimHolder(dir)).toBe(null)
  const second = await takeClaim(dir, 0)
  expect(second.n).toBe(first.n + 1)
  expect(readdirSync(dir)).toEqual(['000000001'])
  expect(second.token).not.toBe(first.token)
  first.release()
  second.check()
  unlinkSync(join(dir, '000000001'))
  expect(() => second.check()).toThrow('another process has taken over this workspace (ENOENT)')
  second.release()
})

test('only the claim of a host without a sign of life for a minute and a half is taken over', async () => {
  const dir = directory()
  const far = 'far-away:1:x:token'
  const place = (n: number, mark: string, agoSeconds: number) => {
    const path = join(dir, String(n).padStart(9, '0'))
    symlinkSync(mark, path)
    const at = Date.now() / 1000 - agoSeconds
    lutimesSync(path, at, at)
  }
  place(4, far, 30)
  expect(claimHolder(dir)).toContain('process 1 on far-away, since ')
  await expect(takeClaim(dir, 0)).rejects.toThrow('process 1 on far-away')
  place(5, far, 120)
  expect(claimHolder(dir)).toBe(null)
  const claim = await takeClaim(dir, 0)
  expect([claim.n, readdirSync(dir)]).toEqual([6, ['000000006']])
  claim.release()
})

test('a claim names its process, and the claim of a process that has exited is taken over', async () => {
  const dir = directory()
  const first = await takeClaim(dir, 0)
  const path = join(dir, '000000000')
  expect(readlinkSync(path)).toBe([hostMark(), process.pid, processStart() ?? '', first.token].join(':'))
  expect(first.token).toMatch(/^[0-9a-f]{12}$/)
  const since = lstatSync(path).ctime.toISOString()
  const holder = `process ${process.pid} on ${hostMark()}, since ${since}`
  expect(claimHolder(dir)).toBe(holder)
  const code = 'claimed'
  await expect(takeClaim(dir, 0)).rejects.toMatchObject({ code, message: `another process is writing to this workspace: ${holder}` }) // biome-ignore format: short
  unlinkSync(path)
  // Files with other names are left alone.
  for (const name of ['00000001', '0000000010', '000000009.fre', 'x000000009']) writeFileSync(join(dir, name), '')
  for (const [n, mark] of [
    ['000000010', `${hostMark()}:999999999:${processStart()}:t`],
    ['000000002.free', `${hostMark()}:${process.pid}:${processStart()}:t`],
  ] as const)
    symlinkSync(mark, join(dir, n))
  expect(claimHolder(dir)).toBe(null)
  expect((await takeClaim(dir, 0)).n).toBe(11)
  expect(readdirSync(dir).sort()).toEqual(['0000000010', '000000009.fre', '00000001', '000000011', 'x000000009'])
})

test('a waiting process gets the workspace as soon as it is released', async () => {
  const dir = directory()
  const first = await takeClaim(dir, 0)
  const waiting = takeClaim(dir, 60_000)
  await vi.waitFor(() => expect(readdirSync(dir)).toEqual(['000000000']))
  first.release()
  const second = await waiting
  expect([second.n, readdirSync(dir)]).toEqual([1, ['000000001']])
  second.release()
})

test('a claim is renewed only when a renewal is due, and an unknown file server error is tolerated for a while', async () => {
  const dir = directory()
  onTestFinished(() => void vi.restoreAllMocks())
  const claim = await takeClaim(dir, 0)
  const path = join(dir, '000000000')
  const modified = (): number => Math.round(lstatSync(path).mtimeMs / 1000)
  lutimesSync(path, 5, 5)
  const now = Date.now()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now)
  claim.check()
  expect(modified()).toBe(5)
  // The machine was suspended, or its clock was changed.
  clock.mockReturnValue(now + 600_000)
  claim.check()
  expect(Math.abs(modified() - now / 1000)).toBeLessThan(60)
  lutimesSync(path, 5, 5)
  claim.check()
  expect(modified()).toBe(5)
  claim.renew()
  expect(Math.abs(modified() - now / 1000)).toBeLessThan(60)
  // It is no longer a directory: ENOTDIR does not prove that another process has the workspace.
  renameSync(dir, `${dir}-away`)
  writeFileSync(dir, '')
  claim.check()
  claim.renew()
  rmSync(dir)
  renameSync(`${dir}-away`, dir)
  claim.release()
  expect(readdirSync(dir)).toEqual(['000000000.free'])
})

test('a workspace that cannot be written to is refused with the reason', async () => {
  const dir = directory()
  writeFileSync(join(dir, 'file'), '')
  await expect(takeClaim(join(dir, 'file', 'claims'), 0)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/^the workspace cannot be written: ENOTDIR/),
  })
  mkdirSync(join(dir, 'claims'))
  // A claim that is not a link belongs to a process that has just taken the workspace.
  writeFileSync(join(dir, 'claims/000000003'), '')
  await expect(takeClaim(join(dir, 'claims'), 0)).rejects.toThrow(
    'another process is writing to this workspace: another process has just taken it',
  )
})
