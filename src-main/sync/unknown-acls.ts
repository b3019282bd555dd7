import { Failure } from '../../src-preload/contract/failure.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import { fetchObjectAcl, isReadByGroups } from '../s3/object-acl.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { HeadMemory, RememberedAcl } from './head-memory.ts'
import { mostShown, type SomeNames } from './name-examples.ts'

/**
 * Finds out about ACLs that no plan has learnt: on another computer, where the index was lost, or where others have stored
 * the object. Only where somebody wants an object private, because an open one that is taken for private is a leak.
 */
export interface UnknownAcls {
  /** Whether an ACL may count at all: false for services of which it is known that none does. */
  readonly mayCount: boolean
  /** Asks for the ACL of an object and remembers it; null when it cannot be told. Throws as S3 does for the network. */
  ask(listed: ListedObject): Promise<RememberedAcl | null>
  /** The keys of which it could not be told. */
  readonly untold: SomeNames
}

/** After so many refusals without one answer in between the others are not asked for: whoever may not read them may read none. */
const mostRefusals = 16

/** Makes what asks for the ACLs of one plan. */
export function createUnknownAcls(
  session: S3Session,
  options: {
    readonly bucket: string
    readonly heads: HeadMemory | null
    /** Whether the bucket takes no ACLs; asks when it is first needed. */
    readonly aclsDisabled: () => Promise<boolean>
    readonly signal?: AbortSignal
  },
): UnknownAcls {
  const { bucket, heads, aclsDisabled } = options
  const signal = options.signal ? { signal: options.signal } : {}
  const names: string[] = []
  let count = 0
  let refusals = 0
  const read = async (key: string): Promise<RememberedAcl | 'gone' | null> => {
    // Where no ACL counts, none keeps an object open.
    if (await aclsDisabled()) return 'other'
    if (refusals >= mostRefusals) return null
    try {
      const { acl, grants } = await fetchObjectAcl(session, { bucket, key, ...signal })
      refusals = 0
      if (acl === 'private' || acl === 'public-read') return acl
      return isReadByGroups(grants) ? 'public-read' : 'other'
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      switch (error.error.code) {
        case 'acls-disabled':
        case 'not-supported':
          return 'other'
        case 'no-such-key':
          // It has gone since it was listed.
          return 'gone'
        case 'access-denied':
        case 'invalid-argument':
          refusals++
          return null
        default:
          throw error
      }
    }
  }
  return {
    mayCount: session.objectAcls === undefined,
    async ask({ key }) {
      const acl = await read(key)
      if (acl === 'gone') return null
      if (acl !== null) heads?.noteAcl(key, acl)
      else if (++count <= mostShown) names.push(key)
      return acl
    },
    get untold() {
      return { names, count }
    },
  }
}
