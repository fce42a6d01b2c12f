import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { AgentsButton, AgentsDialog } from './agents/agents-button.tsx'
import { author } from './author/author.ts'
import { AuthorButton, AuthorDialog } from './author/author-dialog.tsx'
import { basePath, pagePath } from './base.ts'
import { PaletteKeys } from './palette/palette-keys.tsx'
import { lazyPanel } from './panels/lazy-panel.tsx'
import { HelpButton } from './parts/help.tsx'
import { address, follows, place } from './route.ts'
import { RunPage } from './run/run-page.tsx'
import { RunsPage } from './runs/runs-page.tsx'
import { access, begin, enter, giveToken, pageConfig } from './session.ts'
import { connect, connection, nameThisPage, reconnectNow } from './socket.ts'
import { setTheme, theme } from './theme.ts'

/** Shows the page: the bar at the top, and the content for the current address. */
export function App(): JSX.Element {
  useEffect(() => {
    void begin()
    fetchPage()
  }, [])
  useEffect(() => {
    if (access.value !== 'open') return
    const { ws_retry_base: baseSeconds, ws_retry_cap: capSeconds } = pageConfig.value.ui
    connect({ baseSeconds, capSeconds })
  }, [access.value])
  const name = author.value?.sent ?? null
  useEffect(() => nameThisPage(name), [name])
  const isLost = access.value === 'open' && connection.value === 'lost'
  useEffect(() => void document.documentElement.toggleAttribute('data-offline', isLost), [isLost])
  return (
    <>
      <SkipLink />
      <header class="top">
        <a class="brand" href={basePath} onClick={(event) => follows(event, basePath)}>
          <img src={pagePath('icon.svg')} alt="" />
          hotcb
        </a>
        <Pages />
        <span class="spacer" />
        <ConnectionState />
        <AgentsButton />
        <HelpButton />
        <AuthorButton />
        <ThemeButton />
      </header>
      <Content />
      <AuthorDialog />
      <AgentsDialog />
      {access.value === 'open' && <PaletteKeys />}
    </>
  )
}

/** Skips to the content. The link contains the current path, because a fragment alone would be relative to the page's base address. */
function SkipLink(): JSX.Element {
  return (
    <a class="skip" href={`${address.value}#main`} onClick={skipToMain}>
      Skip to content
    </a>
  )
}

/** Shows the links to the two lists: runs and sweeps. */
function Pages(): JSX.Element {
  const { page } = place.value
  const sweeps = pagePath('sweeps')
  return (
    <nav class="pages" aria-label="Pages">
      <a
        href={basePath}
        aria-current={page === 'sweeps' || page === 'sweep' ? undefined : 'page'}
        onClick={(event) => follows(event, basePath)}
      >
        Runs
      </a>
      <a
        href={sweeps}
        aria-current={page === 'sweeps' || page === 'sweep' ? 'page' : undefined}
        onClick={(event) => follows(event, sweeps)}
      >
        Sweeps
      </a>
    </nav>
  )
}

const LAZY = {
  sweeps: async () => (await import('./sweeps/sweeps-page.tsx')).SweepsPage,
  sweep: async () => (await import('./sweeps/sweep-page.tsx')).SweepPage,
  compare: async () => (await import('./compare/compare-page.tsx')).ComparePage,
}
const LazySweeps = lazyPanel(LAZY.sweeps)
const LazySweep = lazyPanel(LAZY.sweep)
const LazyCompare = lazyPanel(LAZY.compare)

/** Loads the page's code while the server identifies the user. If loading fails, the page itself reports it. */
function fetchPage(): void {
  const { page } = place.value
  if (page === 'sweeps' || page === 'sweep' || page === 'compare') LAZY[page]().catch(() => undefined)
}

function skipToMain(event: MouseEvent): void {
  event.preventDefault()
  location.hash = 'main'
}

function Content(): JSX.Element {
  const at = place.value
  switch (access.value) {
    case 'asking':
      return <main id="main" class="page" aria-busy="true" />
    case 'token':
      return <TokenForm />
    case 'offline':
      return <Offline />
    case 'open':
      if (at.page === 'compare') return <LazyCompare />
      if (at.page === 'sweeps') return <LazySweeps />
      if (at.page === 'sweep') return <LazySweep />
      return at.page === 'run' ? <RunPage key={at.id} id={at.id} /> : <RunsPage />
    default:
      return access.value satisfies never
  }
}

function ConnectionState(): JSX.Element | null {
  if (access.value !== 'open' || connection.value === 'open') return null
  return (
    <span class="badge bad" role="status">
      {connection.value === 'connecting' ? 'connecting' : 'connection lost, reconnecting'}
      {connection.value === 'lost' && (
        <button type="button" class="button quiet small" onClick={reconnectNow}>
          now
        </button>
      )}
    </span>
  )
}

function ThemeButton(): JSX.Element {
  const next = theme.value === 'auto' ? 'light' : theme.value === 'light' ? 'dark' : 'auto'
  const icon = theme.value === 'auto' ? '◐' : theme.value === 'light' ? '☀' : '☾'
  return (
    <button
      type="button"
      class="button icon quiet"
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      title={`Theme: ${theme.value}`}
      onClick={() => setTheme(next)}
    >
      {icon}
    </button>
  )
}

function TokenForm(): JSX.Element {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState('')
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    try {
      await giveToken(token)
      await enter()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <main id="main" class="page">
      <form class="card empty" onSubmit={(event) => void submit(event)}>
        <h1>Enter your token</h1>
        <p>
          This dashboard is protected. The address that <code>hotcb serve</code> printed contains the token. If you were
          given a personal token, enter that one.
        </p>
        <input
          class="input"
          type="password"
          autocomplete="off"
          aria-label="Token"
          aria-invalid={problem !== ''}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="button primary" disabled={token === ''}>
          Enter
        </button>
        <p role="alert">{problem}</p>
      </form>
    </main>
  )
}

function Offline(): JSX.Element {
  useEffect(() => {
    const timer = setInterval(() => void enter(), 2000)
    return () => clearInterval(timer)
  }, [])
  return (
    <main id="main" class="page">
      <div class="card empty" role="status">
        <h1>The dashboard server is not responding</h1>
        <p>This page retries automatically.</p>
      </div>
    </main>
  )
}
