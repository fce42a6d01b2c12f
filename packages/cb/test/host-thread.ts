import { dirname, resolve } from 'node:path'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Json } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import type { CallbackFactory, CallbackHost, HostedCosts, HostReports } from '../src/index.ts'
import type { SourceFile, SourceLanguage } from '../src/node.ts'

/** A thread that runs callbacks, like a process in another language. */
export interface HostThread {
  /** Sends a request, and waits for the answer. @throws Error with the stack trace from the thread. */
  ask(what: string, given?: object): Json
  /** The output of callbacks since the last call. */
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

/** The thread as a host that runs and closes callbacks itself. */
export interface TrainingHost extends CallbackHost {
  /** Runs one training event in the thread, and passes on its reports, as a bridge does with its next message. */
  train(step: number): void
  /** Makes the thread close the requested instances and confirm them. */
  settle(): void
  /** The instances that it received at the end. */
  readonly flushed: readonly (readonly number[])[]
}

export function trainIn({ ask }: HostThread, confirmsAtEnd = true): TrainingHost {
  let reports: HostReports | undefined
  const flushed: number[][] = []

  function settle(): void {
    for (const { number, error } of ask('settle') as unknown as { number: number; error: string | null }[])
      reports?.closed(number, error)
  }

  return {
    flushed,
    settle,
    connect: (given) => {
      reports = given
    },
    run: (instances) => void ask('run', { numbers: instances.map(({ number }) => number) }),
    closing: {
      ask: ({ number }) => void ask('close', { number }),
      flush(instances) {
        flushed.push(instances.map(({ number }) => number))
        if (confirmsAtEnd) settle()
      },
    },
    train(step) {
      for (const report of ask('event', { event: 'train_step_end', env: { step } }) as unknown as Report[]) {
        reports?.costs(report.number, report)
        if (report.trip !== null) reports?.trip(report.number, report.trip)
      }
    },
  }
}

interface Report extends HostedCosts {
  readonly number: number
  readonly trip: string | null
}

/** A language for `.host` files: `require('./x')` finds `x.host` next to the file, or `x/main.host`. */
function createLanguage(ask: HostThread['ask']): SourceLanguage {
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
    evaluate({ entry, files }, { target, caller: { number } }) {
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
