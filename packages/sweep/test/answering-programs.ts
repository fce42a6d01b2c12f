import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

/** Stand-in programs that come first on the PATH and print the answers set by the test. */
export interface AnsweringPrograms {
  /** Sets the next answer to a command line, or to all other calls of a program: standard output or, after `!`, an error message. */
  answer(command: string, text: string): void
  /** The command lines so far. */
  calls(): readonly string[]
}

// A command line is used as a file name, so its slashes are replaced.
const PROGRAM = `#!/bin/bash
line="\${0##*/} $*"
echo "$line" >> "$ANSWERS/calls"
for one in "$ANSWERS/\${line//\\//_}" "$ANSWERS/\${0##*/}"; do
  [ -e "$one" ] && { cat "$one"; exit 0; }
  [ -e "$one!" ] && { cat "$one!" >&2; exit 1; }
done
echo "no answer to $line" >&2
exit 1
`

export function answeringPrograms(...names: readonly string[]): AnsweringPrograms {
  const root = mkdtempSync(join(tmpdir(), 'programs-'))
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const name of names) {
    writeFileSync(join(bin, name), PROGRAM)
    chmodSync(join(bin, name), 0o755)
  }
  const outer = process.env['PATH'] ?? ''
  process.env['PATH'] = `${bin}${delimiter}${outer}`
  process.env['ANSWERS'] = root
  onTestFinished(() => {
    process.env['PATH'] = outer
    delete process.env['ANSWERS']
    removeDirectory(root)
  })
  return {
    answer(command, text) {
      const file = join(root, command.replaceAll('/', '_'))
      for (const ending of ['', '!']) rmSync(file + ending, { force: true })
      writeFileSync(text.startsWith('!') ? `${file}!` : file, text.replace(/^!/, ''))
    },
    calls() {
      const path = join(root, 'calls')
      return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
    },
  }
}
