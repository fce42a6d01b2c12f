/**
 * Kills or suspends the process at a named point if a test requests it: HOTCB_CRASH_AT=NAME sends SIGKILL, NAME#3 sends it the third time,
 * and HOTCB_STOP_AT sends SIGSTOP. Otherwise nothing happens.
 */
export function crashPoint(name: string): void {
  signalAt(name, 'HOTCB_CRASH_AT', 'SIGKILL')
  signalAt(name, 'HOTCB_STOP_AT', 'SIGSTOP')
}

const PASSED = new Map<string, number>()

function signalAt(name: string, variable: string, signal: NodeJS.Signals): void {
  const [wanted, times = '1'] = (process.env[variable] ?? '').split('#')
  if (wanted !== name) return
  const passed = (PASSED.get(variable) ?? 0) + 1
  PASSED.set(variable, passed)
  if (passed === Number(times)) process.kill(process.pid, signal)
}
