import type { LookupFunction } from 'node:net'
import { afterEach } from 'vitest'
import type { Script, ScriptedServer } from './scripted-server.ts'
import { startScriptedServer, testSession } from './scripted-server.ts'

/** Run after each test. */
export const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A server that follows a script until the test ends. */
export async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closers.push(() => server.close())
  return server
}

/** A session that ends with the test. */
export function open(...args: Parameters<typeof testSession>) {
  const session = testSession(...args)
  closers.push(() => session.destroy())
  return session
}

export const noBuckets = '<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>'
export const emptyListing = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'

/** The names that {@link refuseAll} was asked for. */
export const asked: string[] = []
/** A resolver that knows no name. */
export const refuseAll: LookupFunction = (hostname, _, callback) => {
  asked.push(hostname)
  callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
}
