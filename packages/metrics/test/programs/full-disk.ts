// Writers whose files are first limited to a few kilobytes, then not: full-disk.ts events|table DIRECTORY
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCsvTable, openEventFile } from '../../src/node.ts'

const [what, directory = ''] = process.argv.slice(2)
// The signal for a file that is too large would end the process. The write fails even if the signal is ignored.
process.on('SIGXFSZ', () => {})

function makeRoom(): void {
  execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited'])
}

/** Writes events until one fails, and another one when there is space. */
function writeEvents(): object {
  const file = openEventFile(directory)
  const write = (step: number): void => {
    file.write({ step, wallTime: step, scalars: [['loss', step]] })
    file.flush()
  }
  let step = 0
  let failure: unknown
  while (failure === undefined) {
    try {
      write(step++)
    } catch (error) {
      failure = error
    }
  }
  const kept = readFileSync(file.path).toString('base64')
  makeRoom()
  write(step)
  file.close()
  return { failed: step - 1, kept, path: file.path }
}

/** Fills a table, and adds a column that does not fit. */
function widenTable(): object {
  const path = join(directory, 'table.csv')
  const table = openCsvTable(path, { own: ['step'] })
  const append = (step: number, name: string): void => {
    table.append({ own: { step }, metrics: new Map([[name, step]]), asked: [name] })
  }
  for (let step = 0; step < 450; step++) append(step, 'a')
  const before = readFileSync(path, 'utf8')
  let failure: unknown
  try {
    append(450, 'b'.repeat(2000))
  } catch (error) {
    failure = error
  }
  const code = failure instanceof Error && 'code' in failure ? failure.code : null
  const isSame = readFileSync(path, 'utf8') === before
  makeRoom()
  append(450, 'b')
  table.close()
  return { code, isSame, path }
}

process.stdout.write(JSON.stringify(what === 'events' ? writeEvents() : widenTable()))
