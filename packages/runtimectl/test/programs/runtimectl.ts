// The published program, except for its version.
import { writeSync } from 'node:fs'
import { runRuntimectl } from '../../src/program.ts'

process.exitCode = runRuntimectl(process.argv.slice(2), {
  version: '0.0.0',
  out: (line) => void writeSync(1, `${line}\n`),
  err: (line) => void writeSync(2, `${line}\n`),
})
