// A host of callbacks in its own thread: it compiles `.host` files, creates callbacks from them, runs and closes them.
// The other side sends requests through a port and waits for the answer. Code that runs here never touches the thread
// of the module.
import { workerData } from 'node:worker_threads'

const { port, signal } = workerData
const said = []
const made = new Map()
const closing = []
let running = []
let refuses = false

function evaluate({ entry, files }) {
  const modules = new Map()
  const run = (path) => {
    if (modules.has(path)) return modules.get(path)
    const { place, code, imports } = files[path]
    const exports = {}
    modules.set(path, exports)
    const required = (specifier) => run(imports[specifier])
    new Function('require', 'exports', 'say', `${code}\n//# sourceURL=${place}`)(required, exports, (text) =>
      said.push(text),
    )
    return exports
  }
  return run(entry)
}

function callOne(one, event, env) {
  const started = performance.now()
  try {
    one.callback.handle(event, env)
  } catch (error) {
    one.errors++
    one.lastError = { step: env.step, message: String(error) }
    running = running.filter((number) => number !== one.number)
    one.trip = `threw at step ${env.step}, ${event}: ${error}`
  }
  const took = performance.now() - started
  one.calls++
  one.totalMs += took
  one.maxMs = Math.max(one.maxMs, took)
}

const answers = {
  make({ number, symbol, init, ...sources }) {
    const Made = evaluate(sources)[symbol]
    if (Made === undefined) throw new Error(`no ${symbol}`)
    const costs = { calls: 0, errors: 0, totalMs: 0, maxMs: 0, share: null, pending: 0, lastError: null }
    made.set(number, { number, callback: new Made(init), trip: null, ...costs })
  },
  call({ number, method, args }) {
    return made.get(number).callback[method]?.(...args)
  },
  refuse() {
    refuses = true
  },
  run({ numbers }) {
    if (refuses) {
      refuses = false
      // Half-way through: it has to get the list again.
      running = []
      throw new Error('rank 1 does not answer')
    }
    running = numbers
  },
  close({ number }) {
    running = running.filter((one) => one !== number)
    closing.push(number)
  },
  // An event of the training, which only the host sees: returns the reports.
  event({ event, env }) {
    for (const number of running) callOne(made.get(number), event, env)
    return [...made.values()].map((one) => {
      const { callback, ...report } = one
      one.trip = null
      return report
    })
  },
  // Closes the requested instances: returns the confirmations.
  settle() {
    return closing.splice(0).map((number) => {
      const { callback } = made.get(number)
      made.delete(number)
      try {
        callback.close?.()
        return { number, error: null }
      } catch (error) {
        return { number, error: String(error) }
      }
    })
  },
  said: () => said.splice(0),
}

port.on('message', ({ ask, given }) => {
  try {
    port.postMessage({ value: answers[ask](given) })
  } catch (error) {
    port.postMessage({ error: error.name === 'Error' ? error.message : String(error), trace: error.stack })
  }
  Atomics.store(signal, 0, 1)
  Atomics.notify(signal, 0)
})
