import type { Follow, StreamRecord } from '@hotcb/run/node'

/**
 * Calls a function immediately and then at an interval in milliseconds, until it returns `done` or the process is interrupted
 * (SIGINT, SIGTERM). Output in progress is finished first.
 */
export async function untilInterrupted(
  everyMs: number,
  act: (isOver: () => boolean) => void | 'done' | Promise<'done' | undefined> | Promise<void>,
): Promise<'done' | 'interrupted'> {
  let isOver = false
  let wake = (): void => {}
  const stop = (): void => {
    isOver = true
    wake()
  }
  for (const signal of SIGNALS) process.once(signal, stop)
  try {
    while (!isOver) {
      if ((await act(() => isOver)) === 'done') return 'done'
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, isOver ? 0 : everyMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return 'interrupted'
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Passes on each record that arrives in a stream, until the process is interrupted.
 *
 * @param begin Prints the records that already exist. It may take a long time, so it pauses for signals.
 */
export async function followUntilInterrupted<Value>(
  follow: Follow<Value>,
  onRecord: (record: StreamRecord<Value>) => void,
  begin: (pause: () => Promise<boolean>) => Promise<void> = async () => undefined,
): Promise<void> {
  let isBegun = false
  try {
    await untilInterrupted(LOOK_MS, async (isOver) => {
      if (!isBegun) {
        isBegun = true
        await begin(async () => {
          await new Promise((resolve) => setImmediate(resolve))
          return isOver()
        })
      }
      while (!isOver() && follow.look()) for (const record of follow.read().records) onRecord(record)
    })
  } finally {
    follow.close()
  }
}

const LOOK_MS = 50
