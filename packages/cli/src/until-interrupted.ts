import type { Follow, StreamRecord } from '@hotcb/run/node'

/** Calls a function now and at an interval in milliseconds, until the process is interrupted (SIGINT). */
export async function untilInterrupted(everyMs: number, act: () => void | Promise<void>): Promise<void> {
  let isOver = false
  const stop = (): void => {
    isOver = true
  }
  process.once('SIGINT', stop)
  try {
    while (!isOver) {
      await act()
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
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
