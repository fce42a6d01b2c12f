import { parentPort } from 'node:worker_threads'
import { openSweepAnswers } from './answer-requests.ts'
import type { SweepRequest } from './messages.ts'

// This thread reads one dashboard's sweeps.

const answers = openSweepAnswers()

parentPort?.on('message', async (request: SweepRequest) => {
  parentPort?.postMessage(await answers.answer(request))
})
