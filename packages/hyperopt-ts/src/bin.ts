#!/usr/bin/env node
import { runCommand } from './node/command.ts'

try {
  process.stdout.write(runCommand(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`hyperopt-ts: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
