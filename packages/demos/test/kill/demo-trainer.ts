// The real demo in a separate process. argv: JSON of the options of `runDemo`. Prints the SHA-256 of the final weights.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runDemo } from '../../src/index.ts'

const { dir, maxSteps, stepMs, checkpointEvery, ranks } = JSON.parse(process.argv[2] ?? '{}')
const screen = { isTerminal: false, columns: () => 80, write: () => undefined }
const isContinued = existsSync(join(dir, 'hotcb.run.json'))
await runDemo({ dir, maxSteps, stepDelaySeconds: stepMs / 1000, checkpointEvery, ranks, continue: isContinued, screen })
process.stdout.write(JSON.parse(readFileSync(join(dir, 'hotcb.run.json'), 'utf8')).weights_sha256)
