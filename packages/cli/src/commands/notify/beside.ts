import { type ChildProcess, spawn } from 'node:child_process'
import type { CliContext } from '../../context.ts'

/** A notifier that runs as long as this program does. */
export interface NotifierBeside {
  close(): Promise<void>
}

/**
 * Starts `hotcb notify run` in a process of its own, so that its reading of runs and its connections never delay this one. It ends
 * by itself where no notifications are configured, and with this process, however that ends.
 *
 * @param roots Where runs are looked for.
 */
export function startNotifierBeside({ terminal, env }: CliContext, roots: readonly string[]): NotifierBeside {
  const program = process.argv[1]
  if (program === undefined) return { close: async () => undefined }
  const args = [program, 'notify', 'run', '--attached', ...roots.flatMap((root) => ['--root', root])]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...env } })
  for (const stream of [child.stdout, child.stderr]) forEachLine(stream, (line) => terminal.err(line))
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', (code) => {
      if (code !== 0 && code !== EXPECTED)
        terminal.err(`the notifier has ended with code ${code}: no messages are sent`)
      resolve()
    })
  })
  // A pipe to a process that is gone is no error of this one.
  child.stdin.on('error', () => undefined)
  return {
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

// How it ends when it is told to.
const EXPECTED = 130

function forEachLine(stream: ChildProcess['stdout'], take: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}
