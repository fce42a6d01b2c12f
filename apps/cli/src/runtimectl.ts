import { orEnd, writeBlock, writeLine } from '@hotcb/protocol/node'
import { runRuntimectl } from '@hotcb/runtimectl/program'

/** Set by the build. */
declare const HOTCB_VERSION: string

process.exitCode = runRuntimectl(process.argv.slice(2), {
  version: HOTCB_VERSION,
  out: (lines) => orEnd(() => writeBlock(1, `${lines}\n`)),
  err: (line) => orEnd(() => writeLine(2, line)),
})
