/** Does something now and every so many milliseconds, until the process is interrupted (SIGINT). */
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
