import { Worker } from 'node:worker_threads'
import { Problem } from '../problem.ts'
import type { SweepFailure, SweepPlace, SweepQuestion, SweepQuestions, SweepReply, SweepRequest } from './messages.ts'
import { sweepWorkerFile } from './worker-file.ts'

/** Reads and controls sweeps in a separate thread, because a journal of ten thousand trials must not delay a run's metrics. */
export interface SweepThread {
  /** @throws Problem if the sweep cannot answer. */
  ask<Kind extends SweepQuestion>(
    place: SweepPlace,
    kind: Kind,
    asked: SweepQuestions[Kind]['asked'],
  ): Promise<SweepQuestions[Kind]['answer']>
  /** Starts the thread early if there are sweeps, so that the first page need not wait for it. */
  warmUp(): void
  close(): Promise<void>
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Creates the sweep thread, which starts with the first request or with `warmUp`. */
export function openSweepThread(): SweepThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let nextId = 1
  let isClosed = false

  const lose = (lost: Worker, cause: unknown): void => {
    if (worker !== lost) return
    worker = undefined
    for (const { reject } of waiting.values()) reject(new Error('the sweep thread exited', { cause }))
    waiting.clear()
  }
  const start = (): Worker => {
    const { url, options } = sweepWorkerFile()
    const started = new Worker(url, options)
    started.on('message', (reply: SweepReply) => {
      const one = waiting.get(reply.id)
      waiting.delete(reply.id)
      if (waiting.size === 0) started.unref()
      if (reply.kind === 'answer') one?.resolve(reply.value)
      else one?.reject(problemOf(reply.code, reply.message))
    })
    started.on('error', (error) => lose(started, error))
    started.on('exit', (code) => lose(started, code))
    return started
  }
  return {
    ask(place, kind, asked) {
      if (isClosed) return Promise.reject(new Problem(503, 'unavailable', 'the dashboard is closing'))
      const answer = new Promise<unknown>((resolve, reject) => {
        worker ??= start()
        const id = nextId++
        waiting.set(id, { resolve, reject })
        worker.ref()
        // TypeScript cannot verify that kind and argument match.
        worker.postMessage({ id, place, kind, asked } as SweepRequest)
      })
      // The worker answers each kind of request with the type in `SweepQuestions`.
      return answer as Promise<SweepQuestions[typeof kind]['answer']>
    },
    warmUp() {
      if (isClosed || worker !== undefined) return
      worker = start()
      worker.unref()
    },
    async close() {
      isClosed = true
      const ended = worker
      worker = undefined
      for (const { reject } of waiting.values()) reject(new Problem(503, 'unavailable', 'the dashboard is closing'))
      waiting.clear()
      await ended?.terminate()
    },
  }
}

function problemOf(code: SweepFailure, message: string): Error {
  switch (code) {
    case 'refused':
      return new Problem(409, 'unavailable', message)
    case 'unanswered':
      return new Problem(503, 'unavailable', message)
    case 'not_found':
      return new Problem(404, 'not_found', message)
    case 'internal':
      return new Error(message)
    default:
      return code satisfies never
  }
}
