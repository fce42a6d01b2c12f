import { runCommand } from './node/command.ts'
import { messageOf } from './thrown.ts'

// Names and messages come from files, so they must not control the terminal.
const printable = (text: string): string =>
  text.replace(/(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD')

try {
  process.stdout.write(printable(runCommand(process.argv.slice(2))))
} catch (error) {
  process.stderr.write(`hyperopt-ts: ${printable(messageOf(error))}\n`)
  process.exitCode = 1
}
