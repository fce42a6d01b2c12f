import { parentPort, workerData } from 'node:worker_threads'
import { HistoryServer } from './history-server.ts'
import type { HistoryRequest, HistoryWorkerData } from './messages.ts'

// The thread of a history store. The cast is safe, because the store created this data.
const data = workerData as HistoryWorkerData
const server = new HistoryServer(data, (message) => parentPort?.postMessage(message))
parentPort?.on('message', (request: HistoryRequest) => server.receive(request))
setInterval(() => server.check(), data.pollMs)
