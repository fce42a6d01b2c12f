// The demo as a process. argv: JSON of the options of `runDemo`.
import { runDemo } from '../../src/index.ts'

process.exitCode = await runDemo(JSON.parse(process.argv[2] ?? '{}')).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  return 1
})
