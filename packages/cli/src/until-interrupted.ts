import type { Follow, StreamRecord } from '@hotcb/run/node'

/**
 * Calls a function now and at an interval in milliseconds, until it returns `done` or the process is interrupted (SIGINT).
 */
export async function untilInterrupted(
  everyMs: number,
  act: () => void | 'done' | Promise<'done' | undefined> | Promise<void>,
): Promise<'done' | 'interrupted'> {
  let isOver = false
  let wake = (): void => {}
  const stop = (): void => {
    isOver = true
    wake()
  }
  process.once('SIGINT', stop)
  try {
    while (!isOver) {
      if ((await act()) === 'done') return 'done'
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
    process.removeListener('SIGINT', stop)
  }
}

/** Yields each record that arrives in a stream, until the process is interrupted. */
export async function followUntilInterrupted<Value>(
  follow: Follow<Value>,
  onRecord: (record: StreamRecord<Value>) => void,
): Promise<void> {
  try {
    await untilInterrupted(LOOK_MS, () => {
      while (follow.look()) for (const record of follow.read().records) onRecord(record)
    })
  } finally {
    follow.close()
  }
}

const LOOK_MS = 50
