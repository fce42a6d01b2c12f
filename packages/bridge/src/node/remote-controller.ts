import { HotController } from '@hotcb/cb/node'
import type { Json } from '@hotcb/protocol'
import type { Controlled, ControllerMessage, ControlMessage, Request } from '../wire.ts'
import { python, remoteHost } from './remote-callbacks.ts'

/** Callbacks of a trainer in another language that has no kernel. */
export interface RemoteController {
  control(message: ControlMessage): Controlled
  close(): void
}

// How often callback files are checked. Changed files are reloaded.
const WATCH_MS = 500

/** @throws TypeError when the run directory cannot be determined. */
export function openRemoteController(
  { run_dir: runDir, config, commands, roots }: ControllerMessage,
  ask: (request: Request) => Json,
): RemoteController {
  let lines: string[] = []
  const host = remoteHost(ask, [])
  const controller = new HotController({
    runDir,
    dispatch: 'host',
    host,
    languages: [python(ask, host.expect)],
    watchMs: WATCH_MS,
    slowMs: 0,
    log: (line) => lines.push(line),
    ...(config !== undefined && { configPath: config }),
    ...(commands !== undefined && { commandsPath: commands }),
    ...(roots !== undefined && { allowedRoots: roots }),
  })

  return {
    control({ step, callbacks, submits = [], close = false }) {
      if (callbacks !== undefined) host.take(callbacks)
      for (const op of submits) controller.submit(op)
      controller.apply({ step }, [])
      if (close) controller.close()
      const log = lines
      lines = []
      return { k: 'done', log, status: controller.status() }
    },
    close: () => controller.close(),
  }
}
