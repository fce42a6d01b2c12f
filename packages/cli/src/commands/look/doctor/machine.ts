import { type Finding, fine, problem } from './check.ts'

/** The oldest Node version that is tested. */
const OLDEST: readonly [number, number] = [20, 19]

/** Checks whether this version of Node is new enough. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  const says = `Node ${version}`
  if (isEnough) return fine('node', says)
  return problem(
    'node',
    `${says}; ${OLDEST.join('.')} or later is required`,
    'install a newer version from https://nodejs.org',
  )
}
