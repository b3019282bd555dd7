import type { Session } from 'electron'
import { denyPermissions } from './permissions.ts'
import { servePage } from './app-protocol.ts'

/**
 * A partition without `persist:` lives in memory: no cookies, no storage, no cache on disk (S11). What is worth keeping
 * is in the backend's settings.
 */
export const sessionPartition = 'pail'

/** What `session` of electron offers here. */
interface SessionSource {
  fromPartition(partition: string, options: { cache: boolean }): Session
}

/** The window's own session: nothing kept, nothing permitted, and only the built page to load. */
export function createSession(source: SessionSource, pageDirectory: string): Session {
  const session = source.fromPartition(sessionPartition, { cache: false })
  denyPermissions(session)
  servePage(session.protocol, pageDirectory)
  // The spell checker would download dictionaries.
  session.setSpellCheckerEnabled(false)
  return session
}
