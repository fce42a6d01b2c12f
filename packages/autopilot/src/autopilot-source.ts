/** Whether a line or a command comes from an autopilot, either a rule (`autopilot`) or a model (`ai`), and not from a person. */
export function isAutopilotSource(source: string): boolean {
  return source === 'autopilot' || source === 'ai'
}
