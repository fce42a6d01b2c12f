// A process that takes a log and writes on request: `holder-program.ts RUN_DIR FILE ENGINE [take-over]`. It reads one
// command per line from standard input: `write TEXT`, `look`, `close`.
import { createInterface } from 'node:readline'
import { openHold } from '@hotcb/run/node'

const [dir = '.', file = '', engine = '', takeOver] = process.argv.slice(2)
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`)
const lines: unknown[] = []
try {
  const hold = openHold(dir, file, {
    engine,
    takeOver: takeOver === 'take-over',
    onLine: (line) => lines.push(line['text']),
    onSuperseded: (by) => say({ superseded: by.engine }),
  })
  say({ held: hold.n, lines })
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [word, text = ''] = line.split(' ')
    if (word === 'write') say({ wrote: text, trouble: hold.append([{ kind: 'line', text }]) })
    if (word === 'look') say({ look: hold.look() })
    if (word === 'close') {
      hold.close()
      process.exit(0)
    }
  })
} catch (error) {
  say({ refused: (error as Error).message })
  process.exitCode = 1
}
