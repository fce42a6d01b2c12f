import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileClockMs } from '@hotcb/run/node'
import { livingSign, readSign, SweepError, underClaim, type Workspace, writeSign } from '@hotcb/sweep/node'
import type { MonitorPaths } from './monitor-files.ts'

/** The right to act as the monitor of a workspace: one process has it. */
export interface MonitorSign {
  /** Gives a sign of life. @param more What others may read of its health. */
  renew(more: Readonly<Record<string, unknown>>): void
  /** @throws SweepError `superseded` when another monitor has taken over, since this one was suspended. */
  check(): void
  release(): void
}

/** Seconds between two signs of life. */
const EVERY = 10

/**
 * Becomes the monitor of a workspace.
 *
 * @throws SweepError `claimed` while another one is running.
 */
export async function becomeMonitor(workspace: Workspace, paths: MonitorPaths): Promise<MonitorSign> {
  const { state } = workspace.paths
  mkdirSync(state, { recursive: true })
  // The claim decides between two that start at the same time.
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

/** How often {@link MonitorSign.renew} is to be called. */
export const RENEW_MS: number = EVERY * 1000

/** Describes the running monitor of a workspace in one line; null for none. */
export function livingMonitor(paths: MonitorPaths): string | null {
  if (!existsSync(paths.sign)) return null
  const sign = livingSign(paths.sign)
  return sign === null || isOwn(paths) ? null : `process ${sign.pid} on ${sign.host}`
}

function isOwn({ sign: path }: MonitorPaths): boolean {
  const sign = readSign(path)
  return sign !== null && sign.pid === process.pid && sign.host === hostname().replaceAll(':', '-')
}
