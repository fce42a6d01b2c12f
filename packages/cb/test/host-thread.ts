import { dirname, resolve } from 'node:path'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Json } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import type { CallbackFactory } from '../src/index.ts'
import type { SourceFile, SourceLanguage } from '../src/node.ts'

/** A thread that runs callbacks, as the process of another language does. */
export interface HostThread {
  /** Asks, and waits for the answer. @throws Error with the trace of the thread. */
  ask(what: string, given?: object): Json
  /** What callbacks said since the last time. */
  said(): Json
  readonly language: SourceLanguage
}

export function startHost(): HostThread {
  const { port1: port, port2 } = new MessageChannel()
  const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(new URL('programs/host.mjs', import.meta.url), {
    workerData: { port: port2, signal },
    transferList: [port2],
    execArgv: [],
  })
  onTestFinished(async () => {
    port.close()
    await worker.terminate()
  })

  function ask(what: string, given: object = {}): Json {
    Atomics.store(signal, 0, 0)
    port.postMessage({ ask: what, given })
    Atomics.wait(signal, 0, 0)
    const answer = receiveMessageOnPort(port)?.message as { value: Json } | { error: string; trace: string }
    if ('value' in answer) return answer.value
    throw Object.assign(new Error(answer.error), { stack: answer.trace })
  }

  return { ask, said: () => ask('said'), language: createLanguage(ask) }
}

/** A language of `.host` files: `require('./x')` finds `x.host` beside the file, or `x/main.host`. */
function createLanguage(ask: HostThread['ask']): SourceLanguage {
  let made = 0
  return {
    name: 'Host',
    extensions: ['.host'],
    kinds: ['python_file'],
    read({ path, text }) {
      const imports = [...text.matchAll(/require(_if_there)?\('(\.[^']*)'\)/g)].map((match) => {
        const [, ifThere, specifier = ''] = match
        const base = resolve(dirname(path), specifier)
        const line = (): number => text.slice(0, match.index).split('\n').length
        return { specifier, candidates: [`${base}.host`, `${base}/main.host`], line, isOptional: ifThere !== undefined }
      })
      return { ok: true, code: text.replaceAll('require_if_there', 'require'), imports }
    },
    evaluate({ entry, files }, { target }) {
      const number = ++made
      const sources = { entry, files: Object.fromEntries([...files].map(([path, file]) => [path, sourceOf(file)])) }
      const create: CallbackFactory = (init) => {
        ask('make', { number, symbol: target.symbol, init, ...sources })
        const call = (method: string, ...args: unknown[]): Json => ask('call', { number, method, args })
        return {
          handle: (event, env) => void call('handle', event, { step: env.step }),
          setParams: (params) => void call('setParams', params),
        }
      }
      return { ok: true, exported: create }
    },
  }
}

function sourceOf({ place, code, imports }: SourceFile): object {
  return { place, code, imports: Object.fromEntries(imports) }
}
