import { ACTING_READERS } from './acting-readers.ts'
import { cliReader } from './cli-reader.ts'
import { expressionReader } from './expression-reader.ts'
import { kernelReader } from './kernel-reader.ts'
import { queueReader } from './queue-reader.ts'
import type { Reader } from './reader.ts'
import { TEXT_READERS } from './text-readers.ts'

/** Everything that is fuzzed. */
export const READERS: readonly Reader[] = [
  ...TEXT_READERS,
  ...ACTING_READERS,
  expressionReader,
  kernelReader,
  cliReader,
  queueReader,
]
