import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { WireMcpSession } from '../../shared/mcp.ts'
import { ask } from '../api.ts'
import { pagePath } from '../base.ts'
import { ago, dateTime } from '../parts/time.ts'
import { useOnce } from '../parts/use-once.ts'
import './agents.css'

interface Sessions {
  readonly sessions: readonly WireMcpSession[]
}

const LOOK_MS = 3000

/** Lists the agents that have used this dashboard since it started, each with a button that revokes its access. */
export function AgentSessions(): JSX.Element {
  const { sessions, problem, look } = useSessions()
  return (
    <>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {sessions === undefined ? (
        problem === null && (
          <p class="muted" role="status">
            Looking for agents…
          </p>
        )
      ) : sessions.length === 0 ? (
        <p>No agent has used this dashboard since it started.</p>
      ) : (
        <ul class="agents" aria-label="Agents that have used this dashboard">
          {sessions.map((session) => (
            <Agent key={session.id} session={session} onRevoked={look} />
          ))}
        </ul>
      )}
      <Connect />
    </>
  )
}

function useSessions() {
  const [sessions, setSessions] = useState<readonly WireMcpSession[] | undefined>(undefined)
  const [problem, setProblem] = useState<string | null>(null)
  const look = (): Promise<void> =>
    ask<Sessions>('mcp/sessions').then(
      (answer) => {
        setSessions(answer.sessions)
        setProblem(null)
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  useEffect(() => {
    void look()
    const timer = setInterval(() => void look(), LOOK_MS)
    return () => clearInterval(timer)
  }, [])
  return { sessions, problem, look }
}

function Agent(props: { readonly session: WireMcpSession; readonly onRevoked: () => Promise<void> }): JSX.Element {
  const { user, client, peer, rights, since, last, requests, revoked } = props.session
  return (
    <li>
      <div class="agent-line">
        <strong class="agent-name">{user ?? client ?? 'no name'}</strong>
        <span class={`badge ${revoked ? 'bad' : ''}`}>{revoked ? 'revoked' : ['read', ...rights].join(', ')}</span>
        <span class="spacer" />
        <span class="muted small-text" title={`since ${dateTime(since)}, last ${dateTime(last)}`}>
          {requests === 1 ? '1 request' : `${requests} requests`}, the last {lastText(last)}
        </span>
      </div>
      <p class="muted small-text agent-name">
        {[user !== null && client, `from ${peer}`].filter((part) => typeof part === 'string').join(' ')}
      </p>
      <Revoke {...props} />
    </li>
  )
}

function lastText(last: number): string {
  const age = ago(last)
  return age === 'now' ? 'just now' : `${age} ago`
}

/** Revoking takes two steps, because an agent may be in the middle of a task. A token can only be revoked if it has a name. */
function Revoke(props: {
  readonly session: WireMcpSession
  readonly onRevoked: () => Promise<void>
}): JSX.Element | null {
  const { session, onRevoked } = props
  const [isAsking, setAsking] = useState(false)
  const [problem, setProblem] = useState('')
  const [hasToken, setToken] = useState(false)
  const { isBusy, begin } = useOnce(async () => {
    const query = hasToken ? '?token=true' : ''
    try {
      await ask(`mcp/sessions/${encodeURIComponent(session.id)}${query}`, { method: 'DELETE' })
      setAsking(false)
      setProblem('')
      await onRevoked()
    } catch (error) {
      setProblem(messageOf(error))
    }
  })
  const name = session.user ?? session.client ?? 'the agent'
  if (!isAsking) {
    // The token of a revoked session may still work elsewhere.
    if (session.revoked && session.user === null) return null
    return (
      <button type="button" class="button small" aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
        {session.revoked ? 'Revoke its token…' : 'Revoke…'}
      </button>
    )
  }
  return (
    <div class="agent-question">
      <p class="small-text">Requests from {name} are rejected until this server stops.</p>
      {session.user !== null && (
        <label class="small-text">
          <input type="checkbox" checked={hasToken} onChange={(event) => setToken(event.currentTarget.checked)} />
          Also revoke its token, permanently
        </label>
      )}
      <div class="actions">
        <button type="button" class="button small danger" disabled={isBusy} onClick={begin}>
          Revoke {name}
        </button>
        <button type="button" class="button small quiet" onClick={() => setAsking(false)}>
          Cancel
        </button>
      </div>
      <p class="issue" role="alert">
        {problem}
      </p>
    </div>
  )
}

/** Shows the command line that connects an agent to this server. */
function Connect(): JSX.Element {
  const address = new URL(pagePath('mcp'), location.href).href
  return (
    <section aria-label="Connect an agent">
      <h3>Connect an agent</h3>
      <p class="muted small-text">
        Give each agent its own token. <code>hotcb serve token add NAME --role viewer --tokens FILE</code> creates one
        for a server that was started with <code>--tokens FILE</code>. Without tokens, leave out <code>--header</code>.
      </p>
      <pre class="connect-line">
        {`claude mcp add --transport http hotcb ${address} --header "Authorization: Bearer TOKEN"`}
      </pre>
    </section>
  )
}
