// `npm run fuzz`: tries broken and hostile texts on every reader of the project. A reader must not throw or hang, and its
// messages must be one line of bounded length. `--minutes M` for each reader (ten by default) or `--total-minutes M` for all;
// `--reader NAME` tries only one reader, and `--seed N` repeats the same inputs. Findings are kept in test/fuzz/corpus, which
// `npx vitest run test/fuzz` replays.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

const ROOT = new URL('..', import.meta.url)
const LOADER = new URL('typescript-loader.mjs', import.meta.url).href
const WORKER = new URL('../test/fuzz/worker.ts', import.meta.url)
const READERS = [
  ...[
    'command',
    'ledger',
    'recipe',
    'overlay-json',
    'overlay-yaml',
    'desired-state',
    'freeze',
    'state',
    'meta',
    'documents',
  ],
  ...['records', 'typed', 'rules', 'autopilot-config', 'autopilot-log', 'notify-config', 'notify-log'],
  ...['expression', 'dashboard', 'kernel', 'cli', 'queue'],
]

const INPUT_BYTES = 5 * 1024 * 1024
const POLL_MS = 250
// No input takes a second on an idle machine, but eight workers on two cores have to wait for each other.
const HANG_SECONDS = 60
const START_SECONDS = 180

const options = readOptions()
const names = options.reader === undefined ? READERS : [options.reader]
const seconds = options.total === undefined ? options.minutes * 60 : (options.total * 60) / names.length
console.log(`${names.length} readers, ${Math.round(seconds)} s each, seed ${options.seed}`)
let findings = 0
for (const name of names) findings += await fuzz(name)
if (findings > 0) {
  console.log(`${findings} findings: each input is in test/fuzz/corpus; \`npx vitest run test/fuzz\` replays it`)
  process.exitCode = 1
}

function readOptions() {
  const text = { type: 'string' }
  const { values } = parseArgs({ options: { minutes: text, 'total-minutes': text, reader: text, seed: text } })
  const number = (name, otherwise) => {
    const given = values[name]
    if (given === undefined) return otherwise
    if (Number(given) >= 0) return Number(given)
    fail(`--${name} must be a number >= 0, got ${given}`)
  }
  const { reader } = values
  if (reader !== undefined && !READERS.includes(reader)) {
    fail(`--reader must be one of ${READERS.join(', ')}, got ${reader}`)
  }
  return {
    reader,
    minutes: number('minutes', 10),
    total: number('total-minutes', undefined),
    seed: number('seed', Date.now() % 1_000_000),
  }
}

function fail(message) {
  console.error(message)
  process.exit(2)
}

/** Fuzzes one reader in a thread, and watches it. Returns the number of findings. */
function fuzz(name) {
  const shared = new SharedArrayBuffer(8 + INPUT_BYTES)
  const head = new Int32Array(shared, 0, 2)
  const worker = new Worker(WORKER, {
    workerData: { reader: name, seed: options.seed, seconds, shared },
    execArgv: ['--conditions=@hotcb/source', '--import', LOADER],
    resourceLimits: { maxOldGenerationSizeMb: 2048 },
  })
  return new Promise((resolve) => {
    let found = 0
    let begun = -1
    let since = performance.now()
    const watch = setInterval(() => {
      const now = Atomics.load(head, 0)
      if (now !== begun) {
        begun = now
        since = performance.now()
        return
      }
      const patience = begun === 0 ? START_SECONDS : HANG_SECONDS
      if (performance.now() - since > patience * 1000) stop(`hangs: no answer in ${patience} s`)
    }, POLL_MS)

    function end() {
      clearInterval(watch)
      resolve(found)
    }

    // Handles failures that the thread cannot report: the current input is kept.
    function stop(why) {
      found++
      const input = Buffer.from(new Uint8Array(shared, 8, Atomics.load(head, 1)))
      console.log(`${name}: FINDING ${keep(name, input)}: ${why}`)
      clearInterval(watch)
      worker.terminate().then(() => resolve(found))
    }

    worker.on('message', (message) => {
      if (message.kind === 'finding') {
        found++
        console.log(`${name}: FINDING ${message.path}\n${message.stack}`)
        return
      }
      const { tried, shapes } = message
      console.log(
        `${name}: ${tried} inputs, ${shapes} kinds of messages, ${found === 0 ? 'nothing found' : `${found} findings`}`,
      )
      end()
    })
    worker.on('error', (error) => stop(`ends its thread: ${error.message}`))
  })
}

function keep(name, input) {
  const folder = new URL(`test/fuzz/corpus/${name}/`, ROOT)
  mkdirSync(folder, { recursive: true })
  for (let number = 1; ; number++) {
    const path = join(folder.pathname, `stopped-${number}`)
    if (existsSync(path)) continue
    writeFileSync(path, input)
    return path
  }
}
