// A built-in example as the program of a launcher, which selects the example through the environment.
import { messageOf } from '@hotcb/protocol'
import { warn } from '@hotcb/protocol/node'
import { trainLaunched } from './run/train-launched.ts'

process.exitCode = await trainLaunched(process.env).catch((error: unknown) => {
  warn(`hotcb: ${messageOf(error)}`)
  return 1
})
