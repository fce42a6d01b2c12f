// Tries inputs on one reader until its time is over. Runs in its own thread: `scripts/fuzz.mjs` watches it, since a
// hanging thread cannot report that.
import { parentPort, workerData } from 'node:worker_threads'
import { corpusOf, keep } from './corpus.ts'
import { mutate } from './mutate.ts'
import { createRandom } from './random.ts'
import { type Reader, shapeOf, tryInput } from './reader.ts'
import { READERS } from './readers.ts'
import { failureOf, shrink } from './shrink.ts'

interface Job {
  readonly reader: string
  readonly seed: number
  readonly seconds: number
  /** The number of inputs started, the length of the current one, and its bytes. */
  readonly shared: SharedArrayBuffer
}

const MOST_FINDINGS = 5
const MOST_IN_POOL = 2000

const job = workerData as Job
const head = new Int32Array(job.shared, 0, 2)
const bytes = new Uint8Array(job.shared, 8)

/** Records the current input, so that it is known if the reader hangs. */
function begin(input: Buffer): void {
  bytes.set(input.subarray(0, bytes.length))
  Atomics.store(head, 1, Math.min(input.length, bytes.length))
  Atomics.add(head, 0, 1)
}

async function run(reader: Reader): Promise<void> {
  const random = createRandom(job.seed)
  const until = performance.now() + job.seconds * 1000
  const pool = [...reader.seeds.map((text) => Buffer.from(text)), ...corpusOf(reader.name).map(({ input }) => input)]
  const shapes = new Set<string>()
  const failures = new Set<string>()
  let tried = 0
  for (; performance.now() < until && failures.size < MOST_FINDINGS; tried++) {
    // The valid inputs come first, unchanged.
    const input = tried < pool.length && tried < 500 ? (pool[tried] ?? Buffer.alloc(0)) : mutated(reader, random, pool)
    begin(input)
    try {
      const said = await tryInput(reader, input)
      const fresh = said.map(shapeOf).filter((shape) => !shapes.has(shape))
      for (const shape of fresh) shapes.add(shape)
      // It reached new code, so other inputs are derived from it.
      if (fresh.length > 0 && pool.length < MOST_IN_POOL) pool.push(input)
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(`thrown: ${typeof error}`)
      const shape = `${failure.name} ${shapeOf(failure.message)}`
      if (failures.has(shape)) continue
      failures.add(shape)
      await report(reader, input, failure)
    }
  }
  parentPort?.postMessage({ kind: 'end', tried, shapes: shapes.size, findings: failures.size })
}

function mutated(reader: Reader, random: ReturnType<typeof createRandom>, pool: readonly Buffer[]): Buffer {
  return mutate(random, random.pick(pool), pool, reader.syntax)
}

async function report(reader: Reader, input: Buffer, failure: Error): Promise<void> {
  // Each attempt to shrink an input is watched as well.
  const watched: Reader = {
    ...reader,
    read(candidate) {
      begin(candidate)
      return reader.read(candidate)
    },
  }
  const small = await shrink(watched, input, failure)
  const again = (await failureOf(watched, small)) ?? failure
  parentPort?.postMessage({ kind: 'finding', path: keep(reader.name, small), stack: again.stack ?? String(again) })
}

const found = READERS.find(({ name }) => name === job.reader)
if (found === undefined) throw new RangeError(`no reader is called ${job.reader}`)
await run(found)
