import { type Json, nearest, parseValue } from '@hotcb/protocol'
import { registeredOf } from '@hotcb/run'
import { type CliCommand, cliCommand } from '../command.ts'
import { usageError } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { readPairs } from '../pairs.ts'
import { openRun, type Run } from '../run.ts'
import { sendCommands } from '../send.ts'

/** `hotcb ctl call PATH 0.5 label=manual`. */
export const ctlCallCommand: CliCommand = cliCommand({
  args: {
    path: { type: 'positional', required: true, valueHint: 'PATH', description: 'The registered path.' },
    argument: {
      type: 'positional',
      required: false,
      variadic: true,
      valueHint: 'ARGUMENT',
      description: 'A value, or `NAME=VALUE`: a number, `true`, `false`, text, or JSON.',
    },
    ...SEND_FLAGS,
  },
  about: [
    'What it is called with is checked by the trainer; the ledger tells what came of it. A call cannot be reverted, and is not made again by a restart; a replay makes it again.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 ctl call optimizer.lr.multiplier 0.5', does: 'with one value' },
    { type: 'hotcb --dir runs/exp-001 ctl call save_ckpt label=manual', does: 'with a value by name' },
    { type: 'hotcb ctl call mix \'{"noisy": 0.1}\' --at step=500', does: 'with JSON, at step 500' },
  ],
  completes: 'paths',
  run(args, context) {
    const run = openRun(context.dir)
    const { path } = args
    requireRegistered(path, run)
    const words = args._.slice(1)
    const kwargs = readPairs(words.filter(isPair))
    const params = { args: words.filter((word) => !isPair(word)).map(readValue), kwargs }
    return sendCommands(context, [{ module: 'ctl', op: 'call', id: path, params }], args, run)
  },
})

// The dashboard's command line reads them by the same rule.
function isPair(word: string): boolean {
  return /^[A-Za-z_][\w.]*=/.test(word)
}

function readValue(word: string): Json {
  const value = parseValue(word)
  if (!value.ok) throw usageError(value.reason)
  return value.value
}

/** Where the trainer told what it has, a path that it does not have is refused before anything is written. */
function requireRegistered(path: string, run: Run): void {
  const known = registeredOf(run.document('state').value?.modules)?.map((one) => one.path)
  if (known === undefined || known.includes(path)) return
  const near = nearest(path, known)
  const right = near.length > 0 ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?` : shown(known)
  throw usageError(`the trainer registered no \`${path}\`: ${right}`)
}

function shown(known: readonly string[]): string {
  return known.length === 0 ? 'it registered nothing' : `known are ${known.join(', ')}`
}
