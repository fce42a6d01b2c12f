import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { refusal } from '@hotcb/commands'
import { errnoOf } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { cannot, type RunFile } from '../../run.ts'

/** `hotcb init`: creates the files of a run and leaves existing ones unchanged. */
export const initCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'Creates the directory and the files of a run. Existing files are left unchanged, so it is safe to run this command again.',
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 init', does: 'create runs/exp-001' }],
  run(_args, context) {
    const { dir, terminal, json } = context
    makeDirectory(dir)
    const files = FILES.map(([file, content]) => ({
      file: runFiles[file],
      created: create(join(dir, runFiles[file]), content),
    }))
    if (json) terminal.json({ run_dir: dir, files })
    else {
      for (const { file, created } of files) {
        const path = join(dir, file)
        terminal.out(created ? `${terminal.green('Created')} ${path}` : `${terminal.dim('Exists ')} ${path}`)
      }
    }
    return EXIT.done
  },
})

// These are the same files that hotcb 2's `init` creates. An empty freeze document means off.
const FILES: readonly (readonly [RunFile, string])[] = [
  ['yaml', 'version: 1\n'],
  ['commands', ''],
  ['ledger', ''],
  ['recipe', ''],
  ['freeze', ''],
]

function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true })
  } catch (error) {
    if (statSync(dir, { throwIfNoEntry: false })?.isFile() === true) {
      throw refusal(`\`${dir}\` is a file, not a run directory`)
    }
    throw cannot(`make \`${dir}\``, error)
  }
}

function create(path: string, content: string): boolean {
  try {
    const fd = openSync(path, 'wx')
    if (content !== '') writeSync(fd, content)
    closeSync(fd)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw cannot(`make \`${path}\``, error)
  }
}
