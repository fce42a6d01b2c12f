import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatMetricRecord, type JsonObject, parseJson } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import { readNotifyConfig } from '../src/index.ts'
import type { ApprovalPort } from '../src/node/channel.ts'
import { type OpenChannels, openNotifyChannels } from '../src/node/notifier.ts'
import { openRunNotifier, type RunNotifier } from '../src/node/run-notifier.ts'

/** A notifier in this process that checks its run on request. */
export interface Watching {
  readonly notifier: RunNotifier
  /** The lines that were printed on the terminal. */
  readonly troubles: string[]
  /** Checks the run, and waits until all queued messages have been sent, have failed or wait for their next try. */
  look(): Promise<void>
  /** Checks the run until a condition is true. */
  lookUntil(isSo: () => boolean): Promise<void>
  close(): Promise<void>
}

/** @param yaml The configuration, as it would be in `hotcb.notify.yaml`. */
export async function watch(
  dir: string,
  yaml: string,
  options: {
    readonly env?: Record<string, string>
    readonly approvals?: ApprovalPort
    readonly takeOver?: boolean
  } = {},
): Promise<Watching> {
  const read = readNotifyConfig(yaml, 'hotcb.notify.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const troubles: string[] = []
  const { env = {}, approvals = null, takeOver = false } = options
  const onTrouble = (text: string): void => void troubles.push(text)
  const terminal = { line: (text: string): void => void troubles.push(`terminal: ${text}`), bell: () => undefined }
  const open: OpenChannels = await openNotifyChannels(read.config, { env, terminal, approvals, onTrouble })
  const notifier = openRunNotifier(
    dir,
    {
      config: read.config,
      dispatcher: open.dispatcher,
      answers: open.answers,
      approvals,
      engine: 'notifier',
      scrub: (text) => open.secrets.scrub(text),
      onTrouble,
    },
    takeOver,
  )
  let isClosed = false
  const close = async (): Promise<void> => {
    if (isClosed) return
    isClosed = true
    await open.close()
    notifier.close()
  }
  onTestFinished(close)
  const look = async (): Promise<void> => {
    notifier.look()
    for (let i = 0; i < 200 && !open.dispatcher.isIdle(); i++) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    notifier,
    troubles,
    look,
    async lookUntil(isSo) {
      while (!isSo()) {
        await look()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    close,
  }
}

/** Appends records of one metric at consecutive steps. */
export function report(dir: string, firstStep: number, name: string, ...values: readonly (number | null)[]): void {
  const lines = values.map((value, i) => formatMetricRecord({ step: firstStep + i, metrics: { [name]: value } }))
  appendFileSync(join(dir, 'hotcb.metrics.jsonl'), lines.join(''))
}

/** Returns the readable lines of the delivery log. A process that was killed may leave a torn line. */
export function logOf(dir: string): readonly JsonObject[] {
  return readFileSync(join(dir, 'hotcb.notify.jsonl'), 'utf8')
    .split('\n')
    .flatMap((text) => {
      const parsed = parseJson(text)
      // Values from a JSON parser are JSON.
      return parsed.ok ? [parsed.value as JsonObject] : []
    })
}
