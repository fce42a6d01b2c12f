/** The message of anything that was thrown: this package has no dependencies, so it has its own. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
