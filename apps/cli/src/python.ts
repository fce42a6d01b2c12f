// The command line of the Python package. That package contains no demos and no dashboard.
import { runCli } from '@hotcb/cli'

/** Set by the build. */
declare const HOTCB_VERSION: string

runCli(process.argv.slice(2), { version: HOTCB_VERSION }).then((exitCode) => {
  process.exitCode = exitCode
})
