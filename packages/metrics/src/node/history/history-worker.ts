import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '@hotcb/protocol'
import { HistoryFile } from './history-file.ts'
import type { HistoryMessage, HistoryRequest, HistoryWorkerData } from './messages.ts'
import { SAMPLE_BYTES } from './sample.ts'

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
// Reading pauses while requests come in, and ends a turn after some milliseconds.
const QUIET_MS = 40
const LONGEST_PAUSE_MS = 200
const SLICES_MS = 15
let reading = false
let askedMs = 0
let readMs = 0
// The store built this from its own options.
const { pollMs, memoryBytes } = workerData as HistoryWorkerData

parentPort?.on('message', (request: HistoryRequest) => {
  askedMs = performance.now()
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
    history.refresh(sampleBytes())
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
  file.history.refresh(sampleBytes())
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

/** What is read of a long file for its first answer: less where many files are opened at once, as to compare them. */
function sampleBytes(): number {
  let unread = 1
  for (const { history } of files.values()) if (history.behind > 0) unread++
  return SAMPLE_BYTES / unread
}

function readOn(): void {
  if (reading) return
  reading = true
  readMs = performance.now()
  setImmediate(readSlices)
}

/** Reads for a moment. While requests come in, they are answered first, from samples. */
function readSlices(): void {
  const nowMs = performance.now()
  if (nowMs - askedMs < QUIET_MS && nowMs - readMs < LONGEST_PAUSE_MS) {
    setTimeout(readSlices, QUIET_MS)
    return
  }
  let file = shortest()
  for (; file !== undefined && performance.now() - nowMs < SLICES_MS; file = shortest()) {
    file.history.step()
    file.changed = true
    if (file.history.behind === 0) release(file)
  }
  readMs = performance.now()
  reading = file !== undefined
  if (reading) setImmediate(readSlices)
}

/** The file of which the least is left. One after another needs the memory of one: what is read goes to disk at its end. */
function shortest(): OpenFile | undefined {
  let found: OpenFile | undefined
  for (const file of files.values()) {
    const { behind } = file.history
    if (behind > 0 && (found === undefined || behind < found.history.behind)) found = file
  }
  return found
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
