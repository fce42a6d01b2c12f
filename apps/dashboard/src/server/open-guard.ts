import { randomBytes } from 'node:crypto'
import { isLoopback } from './allowed-names.ts'
import type { DashboardConfig } from './config.ts'
import { type Credential, type Credentials, createAdmission, hashOfToken } from './credentials.ts'
import { RateLimit } from './rate.ts'
import { openTokenStore } from './token-store.ts'
import { createGuard, type Guard } from './trust.ts'

/** The guard for one server, with notes for its operator. */
export interface OpenGuard {
  readonly guard: Guard
  /** The only token, which everyone shares; null if none is needed or the tokens are in a file. */
  readonly token: string | null
  readonly notes: readonly string[]
}

/**
 * Creates the guard for a configuration. If other machines can reach the address and no token was given, a token is created.
 *
 * @throws TokenFileError if the token file cannot be used.
 */
export function openGuard(config: DashboardConfig, port: () => number, warn: (message: string) => void): OpenGuard {
  const { host, tokens, allowed_hosts: allowedHosts, allowed_origins: allowedOrigins, base_path: basePath } = config
  const isMade = config.token === null && tokens === null && !isLoopback(host)
  const token = isMade ? randomBytes(18).toString('base64url') : config.token
  const credentials = tokens === null ? only(token) : openTokenStore(tokens, warn)
  const admission = credentials && createAdmission(credentials, new RateLimit(TRIES_A_MINUTE / 60, TRIES_A_MINUTE))
  const note = `\`${host}\` can be reached from other machines: a token was created and is part of the address`
  return {
    guard: createGuard({ host, port, admission, allowedHosts, allowedOrigins, basePath }),
    token,
    notes: isMade ? [note] : [],
  }
}

/** Returns the credentials for a single token: anyone who has it is an owner, under any name. */
function only(token: string | null): Credentials | undefined {
  if (token === null) return undefined
  const credentials: readonly Credential[] = [{ person: { user: null, role: 'owner' }, hash: hashOfToken(token) }]
  return () => credentials
}

const TRIES_A_MINUTE = 10
