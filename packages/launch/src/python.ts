/** Returns the Python interpreter for training: `HOTCB_PYTHON`, or the first `python3` on PATH. */
export function pythonOf(env: Readonly<Record<string, string | undefined>>): string {
  return env['HOTCB_PYTHON'] || 'python3'
}
