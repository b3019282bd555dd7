import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { knowLinkServer } from './printed-links.ts'
import type { Server } from './pail-process.ts'

/** A server for a suite, and how to be rid of it. */
export interface StartedServer extends Server {
  close(): Promise<void>
}

const {
  PAIL_CEPH_ENDPOINT: cephEndpoint = '',
  PAIL_CEPH_ACCESS_KEY: cephAccessKey = '',
  PAIL_CEPH_SECRET_KEY: cephSecretKey = '',
} = process.env

/** Whether a Ceph RADOS Gateway has been named. */
export const hasCeph = cephEndpoint !== '' && cephAccessKey !== '' && cephSecretKey !== ''

/** A playground of its own in a temporary folder. */
export async function playgroundServer(): Promise<StartedServer> {
  const directory = await mkdtemp(join(tmpdir(), 'pail-cli-playground-'))
  let aheadMs = 0
  const playground = await startPlayground({ directory, now: () => new Date(Date.now() + aheadMs) })
  const { endpoint, accessKeyId, secretAccessKey } = playground
  const forget = knowLinkServer(playground, (ms) => void (aheadMs = ms))
  return {
    endpoint,
    accessKeyId,
    secretAccessKey,
    async close() {
      forget()
      await playground.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The Ceph RADOS Gateway that the environment names; it goes on running. */
export async function cephServer(): Promise<StartedServer> {
  const server = {
    endpoint: cephEndpoint,
    accessKeyId: cephAccessKey,
    secretAccessKey: cephSecretKey,
  }
  const forget = knowLinkServer(server, null)
  return { ...server, close: async () => forget() }
}
