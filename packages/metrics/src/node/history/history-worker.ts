import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '@hotcb/protocol'
import { HistoryFile } from './history-file.ts'
import type { HistoryMessage, HistoryRequest, HistoryWorkerData } from './messages.ts'

// The thread of a history store: reads the open files slice by slice, and answers queries in between.

interface OpenFile {
  readonly history: HistoryFile
  readonly waiting: HistoryRequest[]
  watched: boolean
  /** Something changed since the watcher was last notified. */
  changed: boolean
}

const files = new Map<number, OpenFile>()
// A remainder of this size is read immediately, before the answer.
const PROMPT_BYTES = 8 * 1024 * 1024
let reading = false
// The store built this from its own options.
const { pollMs, memoryBytes } = workerData as HistoryWorkerData

parentPort?.on('message', (request: HistoryRequest) => {
  try {
    handle(request)
  } catch (error) {
    say({ kind: 'failure', id: request.id, message: messageOf(error) })
  }
})

setInterval(look, pollMs)

function handle(request: HistoryRequest): void {
  if (request.kind === 'open') {
    const history = new HistoryFile(request.path, request)
    files.set(request.file, { history, waiting: [], watched: false, changed: false })
    history.refresh()
    readOn()
    return
  }
  const file = files.get(request.file)
  if (file === undefined) throw new Error('this history is closed')
  if (request.kind === 'watch' || request.kind === 'unwatch') {
    file.watched = request.kind === 'watch'
    return
  }
  if (request.kind === 'close') {
    for (const { id } of file.waiting) say({ kind: 'failure', id, message: 'this history is closed' })
    files.delete(request.file)
    file.history.close()
    answer(request.id, null)
    return
  }
  file.history.refresh()
  if (file.history.behind > 0 && file.history.behind <= PROMPT_BYTES) catchUp(file)
  readOn()
  if (request.kind === 'overview') answer(request.id, file.history.overview())
  else if (request.kind === 'windows') answer(request.id, file.history.windows(request.requests))
  else if (request.kind === 'stats') answer(request.id, file.history.stats(request.requests))
  else if (request.kind === 'around') answer(request.id, file.history.pointsAround(request.requests))
  else if (file.history.behind === 0) answer(request.id, file.history.overview())
  else file.waiting.push(request)
  bound(request.file, file)
}

/** Frees memory of the least recently used files first: cached series, then everything. */
function bound(key: number, newest: OpenFile): void {
  files.delete(key)
  files.set(key, newest)
  let bytes = 0
  for (const { history } of files.values()) bytes += history.bytes
  for (const release of [false, true]) {
    for (const file of files.values()) {
      if (bytes <= memoryBytes) return
      const before = file.history.bytes
      if (!release) file.history.trim(memoryBytes - (bytes - before))
      else if (file !== newest && !file.watched && file.history.behind === 0) file.history.release()
      bytes -= before - file.history.bytes
    }
  }
}

function catchUp(file: OpenFile): void {
  while (file.history.behind > 0) file.history.step()
  file.changed = true
}

function look(): void {
  for (const [key, file] of files) {
    if (!file.watched) continue
    if (file.history.refresh()) file.changed = true
    if (file.history.behind > 0 && file.history.behind <= PROMPT_BYTES) catchUp(file)
    if (!file.changed) continue
    file.changed = false
    say({ kind: 'change', file: key, overview: file.history.overview() })
  }
  readOn()
}

function readOn(): void {
  if (reading) return
  reading = true
  setImmediate(readSlices)
}

function readSlices(): void {
  let more = false
  for (const file of files.values()) {
    if (file.history.behind === 0) continue
    file.history.step()
    file.changed = true
    if (file.history.behind > 0) more = true
    else release(file)
  }
  if (more) setImmediate(readSlices)
  else reading = false
}

function release(file: OpenFile): void {
  for (const { id } of file.waiting.splice(0)) answer(id, file.history.overview())
}

function answer(id: number, value: unknown): void {
  say({ kind: 'answer', id, value })
}

function say(message: HistoryMessage): void {
  parentPort?.postMessage(message)
}
