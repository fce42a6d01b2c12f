/**
 * Ends the process by SIGKILL at a named point, where a test asks for it with HOTCB_CRASH_AT=NAME or NAME#3 for the third
 * time. Otherwise nothing happens.
 */
export function crashPoint(name: string): void {
  const [wanted, times = '1'] = (process.env['HOTCB_CRASH_AT'] ?? '').split('#')
  if (wanted !== name) return
  const passed = (PASSED.get(name) ?? 0) + 1
  PASSED.set(name, passed)
  if (passed === Number(times)) process.kill(process.pid, 'SIGKILL')
}

const PASSED = new Map<string, number>()
