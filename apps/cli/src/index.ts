import { runCli } from '@hotcb/cli'
import { PORTS } from './ports.ts'

runCli(process.argv.slice(2), PORTS).then((exitCode) => {
  // Not `process.exit`: what is still being written to a slow reader goes out first.
  process.exitCode = exitCode
})
