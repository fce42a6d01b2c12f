import { runCli } from '@hotcb/cli'
import { PORTS } from './ports.ts'

runCli(process.argv.slice(2), PORTS).then((exitCode) => {
  // Not `process.exit`: it would discard output that a slow reader has not received yet.
  process.exitCode = exitCode
})
