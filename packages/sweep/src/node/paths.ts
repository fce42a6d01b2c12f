import { hostname } from 'node:os'
import { join } from 'node:path'

/** The paths of a workspace's files. */
export interface WorkspacePaths {
  /** The absolute path of the workspace. */
  readonly root: string
  readonly config: string
  readonly state: string
  readonly journal: string
  readonly claims: string
  readonly marks: string
  readonly logs: string
  readonly results: string
  readonly submissions: string
  readonly manifest: string
  readonly jobIds: string
  readonly script: string
  readonly driver: string
  readonly driverLog: string
  /** The client files that Python training runs and shell scripts import. */
  readonly clients: string
  /** The cached limits of the cluster. */
  readonly cluster: string
}

export function workspacePaths(root: string, config: string = join(root, 'hyperherd.yaml')): WorkspacePaths {
  const state = join(root, '.hyperherd')
  const inside = (name: string): string => join(state, name)
  return {
    root,
    config,
    state,
    journal: inside('journal'),
    claims: inside('claims'),
    marks: inside('marks'),
    logs: inside('logs'),
    results: inside('results'),
    submissions: inside('submissions'),
    manifest: inside('manifest.json'),
    jobIds: inside('job_ids.json'),
    script: inside('job.sbatch'),
    driver: inside('driver.json'),
    driverLog: inside('driver.log'),
    clients: inside('clients'),
    cluster: inside('cluster.json'),
  }
}

let ownHost: string | undefined

/**
 * Returns this host's name for marks and claims, without colons because they use a colon as a field separator. The name is read only once,
 * because a check needs it for every running trial.
 */
export function hostMark(): string {
  ownHost ??= hostname().replaceAll(':', '-')
  return ownHost
}
