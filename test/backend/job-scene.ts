import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { InputOf } from '../../src-preload/contract/api.ts'
import { cephServer, hasCeph, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

/** The servers that the job is done on. */
export const jobTargets = [
  { name: 'the playground', ceph: false, isHere: true },
  { name: 'Ceph RADOS Gateway', ceph: true, isHere: hasCeph },
] as const

/** Every link of the list, also those that have ended. */
export const everyLink = { bucket: null, search: '', signingKeyId: null, includeEnded: true }

/** A backend for all tests of a file, with a name for a bucket, and the steps of a job without a window. */
export function useJob({ ceph }: (typeof jobTargets)[number], word: string) {
  const bucket = `pail-${word}-${process.pid}-${ceph ? 'c' : 'p'}`
  let backend: RunningBackend
  let profileId = ''
  let server: StartedServer | null = null

  beforeAll(async () => {
    backend = await runBackend()
  })
  afterAll(async () => {
    await backend.close()
    await server?.close()
  })

  /** The playground, or a profile with its keys, which are in the keychain. */
  const connect = async () => {
    if (ceph) {
      server = await cephServer()
      profileId = await saveProfile(backend.api, server, { name: 'Ceph', provider: 'ceph' }, false)
    } else profileId = (await value(backend.api.startPlayground({}))).profile.id
  }
  const select = async (...files: [name: string, content: string | Buffer][]) => {
    const folder = join(backend.folder, 'drop', createHash('md5').update(JSON.stringify(files)).digest('hex'))
    await mkdir(folder, { recursive: true })
    for (const [name, content] of files) await writeFile(join(folder, name), content)
    return value(backend.api.registerDrop({ sources: files.map(([name]) => ({ path: join(folder, name) })) }))
  }
  const upload = async (selectionId: string, more: Partial<InputOf<'startUpload'>> = {}) => {
    await value(
      backend.api.startUpload({
        profileId,
        bucket,
        prefix: 'media/',
        selectionId,
        visibility: 'private',
        onConflict: 'fail',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
        ...more,
      }),
    )
    return backend.uploadReport()
  }
  const keys = async (prefix: string) =>
    (
      await value(
        backend.api.listObjects({ profileId, bucket, prefix, recursive: true, continuationToken: null }),
      )
    ).objects.map((object) => object.key)

  return {
    bucket,
    get backend() {
      return backend
    },
    get profileId() {
      return profileId
    },
    connect,
    select,
    upload,
    keys,
  }
}
