import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import type { AclChange } from './compare.ts'
import type { SentAs } from './local-file.ts'

/** What applying a row takes, which nobody outside of this room gets to see. */
export interface RowFacts {
  /** The file; null for a row without one. */
  readonly path: string | null
  readonly identity: FileIdentity | null
  /** The MD5 in hex, when the file has been read. */
  readonly md5: string | null
  readonly headers: ObjectHeaders
  /** Who is to read the object of a file; absent for a row without one. */
  readonly visibility?: WantedVisibility
  /** How the ACL is to change; `only`: and nothing else, so that the object need not be copied. */
  readonly aclChange?: AclChange & { readonly only: boolean }
  /** Set when not the file's bytes are stored but what they are compressed to. */
  readonly sentAs?: SentAs
  /** True where the object that was seen is known to have an ACL that lets everybody read it, and the new one is to. */
  readonly isOpen?: true
  /** The ETag of the object that was seen. */
  readonly eTag: string | null
  /** True after a PUT whose answer did not come: what is there now may be our own. */
  readonly mayBeOurs?: boolean
}
