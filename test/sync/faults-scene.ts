import { afterEach, beforeEach } from 'vitest'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { planSync } from '../../src-main/sync/plan.ts'
import { type ScriptedAnswer, type SeenRequest, startScriptedProxy } from './scripted-proxy.ts'
import { type SyncFixture, sessionFor, startSyncFixture, usualOptions } from './sync-fixture.ts'

/** The site and the bucket of a test. */
export let fixture: SyncFixture
/** Run after each test. */
export const toClose: (() => unknown)[] = []

beforeEach(async () => {
  fixture = await startSyncFixture()
})
afterEach(async () => {
  for (const close of toClose.splice(0)) await close()
  await fixture.close()
})

/** A session through a proxy whose script can answer first. */
export async function through(
  script: (request: SeenRequest) => ScriptedAnswer | null | Promise<ScriptedAnswer | null>,
): Promise<{ session: S3Session; seen: SeenRequest[] }> {
  const proxy = await startScriptedProxy(fixture.playground.endpoint, script)
  const session = sessionFor(proxy.endpoint, fixture.playground)
  toClose.push(
    () => session.destroy(),
    () => proxy.close(),
  )
  return { session, seen: proxy.seen }
}

/** A plan that would remove what only the bucket has, made through a session. */
export const planWith = (session: S3Session, options = {}) =>
  planSync(session, {
    folder: fixture.folder,
    bucket: fixture.bucket,
    prefix: '',
    options: { ...usualOptions, removeRemoteOnly: true, ...options },
    stateDirectory: fixture.stateDirectory,
  })

/** The requests that remove something. */
export const deletions = (seen: readonly SeenRequest[]) =>
  seen.filter(({ method, query }) => method === 'DELETE' || query.has('delete'))
