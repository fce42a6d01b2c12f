// The command line as the Python package contains it: without demos and dashboard, which it does not bundle.
import { runCli } from '@hotcb/cli'

/** Put in by the build. */
declare const HOTCB_VERSION: string

runCli(process.argv.slice(2), { version: HOTCB_VERSION }).then((exitCode) => {
  process.exitCode = exitCode
})
