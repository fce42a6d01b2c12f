/** Returns the message of any thrown value. This package has no dependencies, so it has its own function for this. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
