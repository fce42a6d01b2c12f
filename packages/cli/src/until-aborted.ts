/** Runs a task that Ctrl-C aborts. The process does not exit, because the pending command must still be reported. */
export async function untilAborted<Value>(task: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const controller = new AbortController()
  const onSignal = (): void => controller.abort()
  process.once('SIGINT', onSignal)
  try {
    return await task(controller.signal)
  } finally {
    process.removeListener('SIGINT', onSignal)
  }
}
