/** Whether the source of a line or command is an autopilot, by a rule (`autopilot`) or by a model (`ai`), and not a person. */
export function isAutopilotSource(source: string): boolean {
  return source === 'autopilot' || source === 'ai'
}
