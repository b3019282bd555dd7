import { isDeepStrictEqual } from 'node:util'
import type { ProfileInput } from '../../src-preload/contract/profile.ts'
import { createS3Session, type S3SessionOptions } from '../s3/create-s3-session.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** The open ways to S3, one a profile, so that sockets, regions and the measured clock are shared. */
export interface Sessions {
  /** The profile's session, made anew when the profile has changed. Throws the failures of its endpoint rules. */
  open(profileId: string): Promise<S3Session>
  /** Closes the session of a profile that is gone. */
  forget(profileId: string): void
  /** Closes every session. */
  close(): void
}

/** What makes two sessions of a profile the same; the credentials are asked for at each request. */
export type SessionFacts = Omit<S3SessionOptions, 'profileId' | 'uploadLog' | 'bandwidth'>

/** What a profile says of the way its requests go, and of whom to trust on it. */
export function wayTo(
  { transport, certificateAuthority }: Pick<ProfileInput, 'transport' | 'certificateAuthority'>,
  findProxy: FindProxy | undefined,
): Pick<SessionFacts, 'transport' | 'ca' | 'findProxy'> {
  return {
    ...(findProxy === undefined ? {} : { findProxy }),
    ...(transport === undefined ? {} : { transport }),
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
  }
}

/**
 * `facts` answers what a profile's session is made of right now; it throws for an unknown profile. The others are every
 * session's: see {@link S3Session.readsAtOnce}, {@link S3Session.uploadLog} and {@link S3Session.bandwidth}.
 */
export function createSessions(
  facts: (profileId: string) => Promise<SessionFacts>,
  {
    readsAtOnce = false,
    ...others
  }: Partial<Pick<S3Session, 'readsAtOnce' | 'uploadLog' | 'bandwidth'>> = {},
): Sessions {
  const open = new Map<string, { facts: Omit<SessionFacts, 'credentials'>; session: S3Session }>()
  return {
    async open(profileId) {
      const { credentials, ...rest } = await facts(profileId)
      const known = open.get(profileId)
      if (known && isDeepStrictEqual(known.facts, rest)) return known.session
      // The old one is left to finish what runs on it; its idle sockets time out by themselves.
      const session = createS3Session({ profileId, credentials, readsAtOnce, ...others, ...rest })
      open.set(profileId, { facts: rest, session })
      return session
    },
    forget(profileId) {
      open.get(profileId)?.session.destroy()
      open.delete(profileId)
    },
    close() {
      for (const { session } of open.values()) session.destroy()
      open.clear()
    },
  }
}
