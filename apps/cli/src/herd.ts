import { runCli } from '@hotcb/cli'
import { PORTS } from './ports.ts'

// `herd run` is `hotcb sweep run`.
runCli(['sweep', ...process.argv.slice(2)], PORTS).then((exitCode) => {
  process.exitCode = exitCode
})
