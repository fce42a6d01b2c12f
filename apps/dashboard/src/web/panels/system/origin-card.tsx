import type { GitState, RunOrigin } from '@hotcb/protocol'
import { shellWord } from '@hotcb/run'
import type { JSX } from 'preact'
import './system.css'

/** How a run was started: command line, directory, machine, git and environment. */
export function OriginCard({ origin }: { readonly origin: RunOrigin }): JSX.Element {
  const { command, cwd, host, git, env } = origin
  return (
    <section class="card panel origin" aria-label="Started from">
      <header>
        <h2>Started from</h2>
      </header>
      <dl class="pairs">
        {command !== null && <Pair name="Command" value={<code>{command.map(shellWord).join(' ')}</code>} />}
        {cwd !== null && <Pair name="Directory" value={<code>{cwd}</code>} />}
        {host !== null && <Pair name="Machine" value={host} />}
        {git !== null && <Pair name="Git" value={<Git git={git} />} />}
        {Object.entries(env).map(([name, value]) => (
          <Pair key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  )
}

function Pair({ name, value }: { readonly name: string; readonly value: JSX.Element | string }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

function Git({ git }: { readonly git: GitState }): JSX.Element {
  const { commit, branch, is_dirty: isDirty, remote } = git
  return (
    <>
      <code>{commit.slice(0, 12)}</code>
      {branch !== null && ` on ${branch}`}
      {isDirty && ', with uncommitted changes'}
      {remote !== null && (
        <>
          {' of '}
          <code>{remote}</code>
        </>
      )}
    </>
  )
}
