import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Ended } from './surroundings.ts'

export const RUNNER: string = fileURLToPath(new URL('fixtures/line-runner.cjs', import.meta.url))
/** Printed after each line. */
export const MARK = '--8<-- end of line --8<-- '
const END = new RegExp(`${MARK}(\\d*)\\n$`)

/** A command line and its environment. */
export interface CommandLine {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** A process that runs command lines of a program, one after the other. */
interface Runner {
  readonly program: string
  /** Runs one line. If it ends the process, its result has the exit code of the process. */
  run(line: CommandLine): Promise<Ended>
  readonly isOpen: () => boolean
}

const idle: Runner[] = []

/**
 * Runs a command line of the program in a process that has already run others, if one is idle. A new process for each line would take
 * several times as long. The program is evaluated again for each line.
 */
export async function runLine(program: string, line: CommandLine): Promise<Ended> {
  const at = idle.findIndex((one) => one.program === program && one.isOpen())
  const [runner = openRunner(program)] = at < 0 ? [] : idle.splice(at, 1)
  const result = await runner.run(line)
  if (runner.isOpen()) idle.push(runner)
  return result
}

function openRunner(program: string): Runner {
  const child = spawn(process.execPath, [RUNNER, program, MARK], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  const [, out, err, lines] = child.stdio.map((stream) => {
    if (!(stream instanceof Socket)) throw new Error('a pipe of a process is not a socket')
    // The child process ends with this one, and does not keep it alive.
    return stream.unref()
  })
  child.unref()
  const printed = { out: '', err: '' }
  let isOpen = true
  let onPrinted = (): void => undefined
  const follow = (stream: Socket | undefined, name: 'out' | 'err'): void => {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      onPrinted()
    })
  }
  follow(out, 'out')
  follow(err, 'err')
  child.once('close', () => {
    isOpen = false
  })
  return {
    program,
    isOpen: () => isOpen,
    run: (line) =>
      new Promise((resolve) => {
        const settle = (code: number | null): void => {
          child.off('close', settle)
          onPrinted = () => undefined
          const [first = '', second = ''] = [printed.out, printed.err].map((text) => text.split(MARK)[0])
          resolve({ code, out: first, err: second })
        }
        child.once('close', settle)
        printed.out = ''
        printed.err = ''
        onPrinted = () => {
          const [, code] = END.exec(printed.out) ?? []
          if (code !== undefined && END.test(printed.err)) settle(Number(code))
        }
        lines?.write(`${JSON.stringify(line)}\n`)
      }),
  }
}
