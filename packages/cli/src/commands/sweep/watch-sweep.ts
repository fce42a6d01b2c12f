import { printable } from '@hotcb/protocol'
import { configInForce, drive, readSweepStatus, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { openScreen } from '../look/watch/screen.ts'
import { statusRows } from './status-rows.ts'

/** Drives a sweep in this process and shows it, until nothing is left to do. Ctrl-C ends the driver, not the trials. */
export async function driveAndShow(workspace: Workspace, context: CliContext, every?: string): Promise<ExitCode> {
  const everyMs = every === undefined ? defaultMs(workspace) : Number(every) * 1000
  const { terminal } = context
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const isShown = terminal.isTerminal && !context.json
  const screen = isShown ? openScreen() : null
  void screen?.over.then(stop)
  const rows = async (): Promise<readonly string[]> => {
    const status = await readSweepStatus(workspace)
    return statusRows(status, status.trials, terminal)
  }
  let last = ''
  const troubles = createTroubles()
  const show = async (): Promise<void> => {
    const { now, isNew } = troubles.take()
    if (screen !== null) screen.show([...(await rows()), ...(now === null ? [] : [terminal.yellow(now)])])
    else if (!context.json) last = sayChange((await rows()).at(-1) ?? '', last, context)
    if (screen === null && now !== null && isNew) terminal.err(now)
  }
  try {
    const end = await drive(workspace, { everyMs, signal: abort.signal, onTick: show, onTrouble: troubles.add })
    screen?.close()
    if (!context.json) for (const row of await rows()) terminal.out(row)
    if (end === 'driven') terminal.err('another driver runs this sweep; `herd watch` shows it')
    return end === 'interrupted' ? EXIT.interrupted : EXIT.done
  } finally {
    screen?.close()
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

/** What keeps a driver from its work. It is said once, however often the driver tries again. */
function createTroubles() {
  let given: string | null = null
  let said: string | null = null
  return {
    add(message: string): void {
      given = `${printable(message)}; the driver tries again`
    },
    take(): { readonly now: string | null; readonly isNew: boolean } {
      const taken = { now: given, isNew: given !== said }
      said = given
      given = null
      return taken
    },
  }
}

/** A scheduler is asked less often than this machine. */
function defaultMs(workspace: Workspace): number {
  return workspace.journal.fold.config !== null && configInForce(workspace).executor === 'slurm' ? 10_000 : 1000
}

function sayChange(now: string, last: string, { terminal }: CliContext): string {
  if (now !== last) terminal.out(now)
  return now
}
