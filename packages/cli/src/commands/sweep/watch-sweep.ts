import { printable } from '@hotcb/protocol'
import { isLive } from '@hotcb/sweep'
import {
  configInForce,
  type DriveEnd,
  drive,
  readSweepStatus,
  type SweepStatus,
  type Workspace,
} from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openScreen } from '../look/watch/screen.ts'
import { liveRows } from './live-rows.ts'
import { typedName } from './place.ts'
import { statusJson } from './status.ts'
import { statusRows } from './status-rows.ts'

/**
 * Runs a sweep's driver in this process and shows the sweep, until nothing is left to do. Ctrl-C stops the driver, not the trials.
 */
export async function driveAndShow(workspace: Workspace, context: CliContext, every?: string): Promise<ExitCode> {
  const everyMs = every === undefined ? defaultMs(workspace) : Number(every) * 1000
  const { terminal } = context
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const screen = terminal.isTerminal && !context.json ? openSweepScreen(terminal) : null
  void screen?.over.then(stop)
  let last = ''
  const troubles = createTroubles()
  const show = async (): Promise<void> => {
    const status = await readSweepStatus(workspace)
    const { now, isNew } = troubles.take()
    if (screen !== null) screen.show(status, now)
    else if (!context.json) last = sayChange(statusRows(status, status.trials, terminal).at(-1) ?? '', last, context)
    if (screen === null && now !== null && isNew) terminal.err(now)
  }
  try {
    const end = await drive(workspace, { everyMs, signal: abort.signal, onTick: show, onTrouble: troubles.add })
    screen?.close()
    await showEnd(workspace, end, context)
    return end === 'interrupted' ? EXIT.interrupted : EXIT.done
  } finally {
    screen?.close()
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

async function showEnd(workspace: Workspace, end: DriveEnd, { terminal, json }: CliContext): Promise<void> {
  const status = await readSweepStatus(workspace)
  if (json) terminal.json(statusJson(status, status.trials))
  else for (const row of statusRows(status, status.trials, terminal)) terminal.out(row)
  if (end === 'driven') terminal.err('another driver is running this sweep; watch it with `herd watch`')
  if (end !== 'interrupted') return
  const live = status.trials.filter(({ state }) => isLive(state)).length
  if (live > 0)
    terminal.err(
      `${live} trial(s) are still running; take them over with \`${typedName()} drive\`, or stop them with \`${typedName()} stop --all\``,
    )
}

/** The live table, which is redrawn when the window changes. */
interface SweepScreen {
  readonly over: Promise<'quit' | 'interrupt'>
  show(status: SweepStatus, trouble: string | null): void
  close(): void
}

export function openSweepScreen(terminal: Terminal): SweepScreen {
  const screen = openScreen()
  let draw = (): void => {}
  screen.onResize(() => draw())
  return {
    over: screen.over,
    show(status, trouble) {
      draw = () => screen.show(liveRows(status, terminal, { columns: screen.columns, rows: screen.rows, trouble }))
      draw()
    },
    close: () => screen.close(),
  }
}

// Even on a full disk, some checks succeed, because they do not write anything.
const OVER_AFTER_LOOKS = 10

/** Tracks a problem that stops a driver from working. It is reported once, no matter how often the driver tries again. */
function createTroubles() {
  let given: string | null = null
  let said: string | null = null
  let quietLooks = 0
  return {
    add(message: string): void {
      given = `${printable(message)}; the driver will try again`
    },
    take(): { readonly now: string | null; readonly isNew: boolean } {
      const taken = { now: given, isNew: given !== null && given !== said }
      quietLooks = given === null ? quietLooks + 1 : 0
      if (given !== null) said = given
      else if (quietLooks >= OVER_AFTER_LOOKS) said = null
      given = null
      return taken
    },
  }
}

/** Returns the default interval. A scheduler is queried less often than this machine. */
function defaultMs(workspace: Workspace): number {
  return workspace.journal.fold.config !== null && configInForce(workspace).executor !== 'local' ? 10_000 : 1000
}

function sayChange(now: string, last: string, { terminal }: CliContext): string {
  if (now !== last) terminal.out(now)
  return now
}
