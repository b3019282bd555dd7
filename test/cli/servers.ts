import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPlayground } from '../../src-main/playground/playground.ts'
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
  const playground = await startPlayground({ directory })
  return {
    endpoint: playground.endpoint,
    accessKeyId: playground.accessKeyId,
    secretAccessKey: playground.secretAccessKey,
    async close() {
      await playground.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The Ceph RADOS Gateway that the environment names; it goes on running. */
export async function cephServer(): Promise<StartedServer> {
  return {
    endpoint: cephEndpoint,
    accessKeyId: cephAccessKey,
    secretAccessKey: cephSecretKey,
    close: async () => undefined,
  }
}
