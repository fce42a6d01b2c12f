import { randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { errnoOf, processStart, processState, runningMs } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { fileClockMs } from '@hotcb/run/node'
import { crashPoint } from './crash-point.ts'
import { hostMark } from './paths.ts'
import { isSweepError, SweepError, writeError } from './sweep-error.ts'

/** The right to write to a workspace. Only one process has it at a time. */
export interface Claim {
  readonly n: number
  readonly token: string
  /**
   * Renews the claim if a renewal is due. Called before every step that cannot be undone.
   *
   * @throws SweepError `superseded` if another process has taken over the workspace.
   */
  check(): void
  /** Renews the claim; if it was lost, {@link Claim.check} reports that. */
  renew(): void
  release(): void
}

interface Entry {
  readonly n: number
  readonly isFree: boolean
  readonly path: string
}

const RENEW_MS = 2000
const DEAD_MS = 90_000

/**
 * Waits until the workspace is free and claims it.
 *
 * @throws SweepError `claimed`, after `waitMs`, with the host, the process and the time of the claim; `full`; or `refused` if
 * the workspace cannot be written.
 */
export async function takeClaim(dir: string, waitMs: number): Promise<Claim> {
  try {
    mkdirSync(dir, { recursive: true })
    return await waitForClaim(dir, waitMs)
  } catch (error) {
    const errno = errnoOf(error)
    // Sweep errors have a `code` too, so the code alone does not prove that the operating system raised this error.
    if (errno === '' || isSweepError(error)) throw error
    throw writeError(`the workspace cannot be written: ${messageOf(error)}`, errno)
  }
}

async function waitForClaim(dir: string, waitMs: number): Promise<Claim> {
  const token = randomBytes(6).toString('hex')
  const deadline = runningMs() + waitMs
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
    const holder = tryTake(dir, token)
    if (typeof holder !== 'string') return holder
    if (runningMs() >= deadline)
      throw new SweepError('claimed', `another process is writing to this workspace: ${holder}`)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Returns the process that is writing to a workspace now; null if there is none. */
export function claimHolder(dir: string): string | null {
  const highest = existsSync(dir) ? listClaims(dir).at(-1) : undefined
  return highest === undefined || highest.isFree ? null : holderOf(highest, dir)
}

/** Tries to take the claim. Returns the claim, or the process that has it. */
function tryTake(dir: string, token: string): Claim | string {
  const entries = listClaims(dir)
  const highest = entries.at(-1)
  if (highest !== undefined && !highest.isFree) {
    const holder = holderOf(highest, dir)
    if (holder !== null) return holder
  }
  const n = (highest?.n ?? -1) + 1
  const path = join(dir, String(n).padStart(9, '0'))
  const mark = [hostMark(), process.pid, processStart() ?? '', token].join(':')
  if (!place(path, mark)) return 'another process has just taken it'
  crashPoint('claim-placed')
  const above = listClaims(dir).some((entry) => entry.n >= n && entry.path !== path)
  if (above) {
    removeQuietly(path)
    return 'another process has just taken it'
  }
  for (const { path: old } of entries) removeQuietly(old)
  crashPoint('claim-cleared')
  return openClaim(path, n, token)
}

function openClaim(path: string, n: number, token: string): Claim {
  // The link's time comes from the file server. Other hosts compare it with that server's clock, not with this host's clock.
  const placedMs = lstatSync(path).mtimeMs
  const placedAt = runningMs()
  let renewedAt = placedAt
  let renewedWallMs = Date.now()
  const touch = (): void => {
    const now = runningMs()
    const seconds = (placedMs + now - placedAt) / 1000
    lutimesSync(path, seconds, seconds)
    renewedAt = now
    renewedWallMs = Date.now()
  }
  // The process clock does not advance while the machine is suspended.
  const ageMs = (): number => Math.max(runningMs() - renewedAt, Math.abs(Date.now() - renewedWallMs))
  return {
    n,
    token,
    renew() {
      try {
        touch()
      } catch {
        // Either another process has taken it over or the file server does not answer; the next check shows which.
      }
    },
    check() {
      // A read is cheap, but a network file system may answer it from its cache. So this writes every two seconds.
      try {
        if (ageMs() < RENEW_MS && lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
        touch()
      } catch (error) {
        const reason = errnoOf(error)
        if (reason !== 'ENOENT' && reason !== 'ESTALE' && runningMs() - renewedAt < 30_000) return
        throw new SweepError('superseded', `another process has taken over this workspace (${reason})`)
      }
    },
    release() {
      crashPoint('claim-release')
      try {
        renameSync(path, `${path}.free`)
      } catch {
        // The process that took it over has removed it.
      }
    },
  }
}

// The reply was lost on the network: the link exists, and it is ours.
function place(path: string, mark: string): boolean {
  try {
    symlinkSync(mark, path)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    return targetOf(path) === mark
  }
}

function listClaims(dir: string): readonly Entry[] {
  return readdirSync(dir)
    .flatMap((name) => {
      const [, digits, free] = /^(\d{9})(\.free)?$/.exec(name) ?? []
      return digits === undefined ? [] : [{ n: Number(digits), isFree: free !== undefined, path: join(dir, name) }]
    })
    .sort((a, b) => a.n - b.n)
}

/** Returns the process that has the claim; null if that process no longer exists. */
function holderOf({ path }: Entry, dir: string): string | null {
  const target = targetOf(path)
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (target === null || stats === undefined) return 'another process has just taken it'
  const [host = '', pid = '', start = ''] = target.split(':')
  const since = `process ${pid} on ${host}, since ${stats.ctime.toISOString()}`
  if (host === hostMark()) return processState(Number(pid), start) === 'gone' ? null : since
  return (fileClockMs(dir) ?? Date.now()) - stats.mtimeMs > DEAD_MS ? null : since
}

function targetOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Another process removed it.
  }
}
