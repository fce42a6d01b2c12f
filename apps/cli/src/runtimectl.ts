import { writeSync } from 'node:fs'
import { runRuntimectl } from '@hotcb/controls/program'

/** Put in by the build. */
declare const HOTCB_VERSION: string

process.exitCode = runRuntimectl(process.argv.slice(2), {
  version: HOTCB_VERSION,
  out: (line) => write(1, line),
  err: (line) => write(2, line),
})

/** Straight to the descriptor: `process.stdout` loads streams. A reader that has gone away ends the process. */
function write(fd: number, line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') process.exit(0)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}
