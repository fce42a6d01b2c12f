import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileClockMs } from '@hotcb/run/node'
import { livingSign, readSign, SweepError, underClaim, type Workspace, writeSign } from '@hotcb/sweep/node'
import type { MonitorPaths } from './monitor-files.ts'

/** The right to act as a workspace's monitor. Only one process has it. */
export interface MonitorSign {
  /** Renews the sign of life. @param more Additional fields about its health. */
  renew(more: Readonly<Record<string, unknown>>): void
  /** @throws SweepError `superseded` if another monitor has taken over because this one was suspended. */
  check(): void
  release(): void
}

/** Seconds between two signs of life. */
const EVERY = 10

/**
 * Becomes a workspace's monitor.
 *
 * @throws SweepError `claimed` if another monitor is running.
 */
export async function becomeMonitor(workspace: Workspace, paths: MonitorPaths): Promise<MonitorSign> {
  const { state } = workspace.paths
  mkdirSync(state, { recursive: true })
  // If two monitors start at the same time, only one of them gets the claim.
  await underClaim(workspace, 'monitor', () => {
    const other = livingSign(paths.sign, () => fileClockMs(state) ?? Date.now())
    if (other !== null && !isOwn(paths)) {
      const since = new Date(other.tickAt * 1000).toISOString()
      throw new SweepError(
        'claimed',
        `a monitor is already running: process ${other.pid} on ${other.host}, last seen ${since}`,
      )
    }
    writeSign(paths.sign, EVERY, { health: 'starting' })
  })
  return {
    renew: (more) => {
      if (isOwn(paths)) writeSign(paths.sign, EVERY, more)
    },
    check() {
      if (!isOwn(paths)) throw new SweepError('superseded', 'another monitor has taken over this workspace')
    },
    release() {
      if (isOwn(paths)) rmSync(paths.sign, { force: true })
    },
  }
}

/** The interval at which {@link MonitorSign.renew} must be called. */
export const RENEW_MS: number = EVERY * 1000

/** Describes a workspace's running monitor in one line; null if there is none. */
export function livingMonitor(paths: MonitorPaths): string | null {
  if (!existsSync(paths.sign)) return null
  const sign = livingSign(paths.sign)
  return sign === null || isOwn(paths) ? null : `process ${sign.pid} on ${sign.host}`
}

function isOwn({ sign: path }: MonitorPaths): boolean {
  const sign = readSign(path)
  return sign !== null && sign.pid === process.pid && sign.host === hostname().replaceAll(':', '-')
}
