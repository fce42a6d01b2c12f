import type { Role } from '../shared/people.ts'

/** The right that a route or its request requires. `open` means none. Each of the other three includes the previous one. */
export type Right = 'open' | 'read' | 'operate' | 'own'

/** The person that a token names. `user` is null for a token without a name, and on a server without tokens. */
export interface Person {
  readonly user: string | null
  readonly role: Role
}

/** Whether a role includes a right. */
export function may({ role }: Pick<Person, 'role'>, right: Right): boolean {
  return RANK_OF_ROLE[role] >= RANK_OF_RIGHT[right]
}

/** Returns the lowest role that has a right, for messages. */
export function roleFor(right: Exclude<Right, 'open'>): Role {
  return ROLE_FOR[right]
}

const RANK_OF_ROLE: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, owner: 3 }
const RANK_OF_RIGHT: Readonly<Record<Right, number>> = { open: 0, read: 1, operate: 2, own: 3 }
const ROLE_FOR: Readonly<Record<Exclude<Right, 'open'>, Role>> = { read: 'viewer', operate: 'operator', own: 'owner' }
