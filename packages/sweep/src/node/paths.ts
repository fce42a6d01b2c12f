import { hostname } from 'node:os'
import { join } from 'node:path'

/** Where the files of a workspace are. */
export interface WorkspacePaths {
  /** The workspace: an absolute path. */
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
  /** The client files that training runs in Python and shell scripts import. */
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

/** This host in marks and claims; a colon separates fields there. Asked once: a look needs it for each trial that runs. */
export function hostMark(): string {
  ownHost ??= hostname().replaceAll(':', '-')
  return ownHost
}
