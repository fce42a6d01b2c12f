import { type CommandEntry, isGroup, usageError } from '@hotcb/commands'
import { nearest } from '@hotcb/protocol'
import { isAnswer } from '../../answers/answer.ts'
import { answerSchema } from '../../answers/json-schema.ts'
import { answerOf } from '../../answers/table.ts'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { BUILT_IN_WORDS, rootOf } from '../../parse/command-words.ts'
import { alignColumns } from '../../print/table.ts'

/** `hotcb schema [COMMAND]`. */
export const schemaCommand: CliCommand = cliCommand({
  args: {
    words: {
      type: 'positional',
      variadic: true,
      required: false,
      valueHint: 'COMMAND',
      description: 'The name of a command, such as `checkpoint list`. Default: list all commands.',
    },
  },
  about: [
    'Prints the JSON Schema of the answer that a command prints with `--json`: the schema of its document, or of each line. Later versions of hotcb may add keys; any other change increases the version of the answer, which is in `$id`.',
  ],
  examples: [
    { type: 'hotcb schema status', does: 'show what `hotcb status --json` prints' },
    { type: 'hotcb schema', does: 'list all commands and the versions of their answers' },
  ],
  run(args, context) {
    return args._.length === 0 ? listCommands(context) : printSchema(args._.join(' '), context)
  },
})

function listCommands({ terminal, json }: CliContext): ExitCode {
  const commands = commandNames().map((command) => {
    const found = answerOf(command)
    return isAnswer(found)
      ? { command, version: found.version, prints: found.prints, without: null }
      : { command, version: null, prints: null, without: found.without }
  })
  if (json) terminal.json({ commands })
  else {
    const rows = commands.map(({ command, version, prints, without }) => [
      terminal.bold(command),
      without === null ? `version ${version}` : 'no --json',
      without ?? (prints === 'one' ? 'one document' : 'one document per line'),
    ])
    for (const row of alignColumns(rows)) terminal.out(row)
  }
  return EXIT.done
}

function printSchema(typed: string, { terminal }: CliContext): ExitCode {
  const command = typed === 'replay verify' ? 'replay --verify' : typed.replace(/^herd /, 'sweep ')
  const names = commandNames()
  if (!names.includes(command)) {
    const near = nearest(command, names).map((name) => `\`hotcb schema ${name}\``)
    const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'list them with `hotcb schema`'
    throw usageError(`unknown command "${typed}": ${hint}`)
  }
  const found = answerOf(command)
  if (!isAnswer(found)) throw usageError(`\`hotcb ${command}\` has no --json: ${found.without}`)
  terminal.json(answerSchema(command, found))
  return EXIT.done
}

/** Returns the names of all commands, in the order used in the manual. */
export function commandNames(): readonly string[] {
  return rootOf(BUILT_IN_WORDS).flatMap((entry) => namesBelow([], entry))
}

function namesBelow(above: readonly string[], entry: CommandEntry): readonly string[] {
  const path = [...above, entry.name]
  return isGroup(entry) ? entry.entries.flatMap((one) => namesBelow(path, one)) : [path.join(' ')]
}
