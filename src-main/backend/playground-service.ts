import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Playground } from '../playground/playground.ts'

/** The local S3 server, started when somebody first needs it. */
export interface PlaygroundService {
  /** The running server; starts it when it is not. */
  running(): Promise<Playground>
  /** The server if it runs; starts nothing. */
  current(): Playground | null
  /** The sample site's folder on disk, copied there on first use. */
  sampleSite(): Promise<string>
  close(): Promise<void>
}

/** Keeps objects and the sample site below `directory`; port and keys are new at every start and written nowhere. */
export function createPlaygroundService(directory: string, sampleSiteSource: string): PlaygroundService {
  let started: Promise<Playground> | null = null
  let server: Playground | null = null
  async function start(): Promise<Playground> {
    try {
      // Loaded by those who want it, and by no sync or listing.
      const { startPlayground } = await import('../playground/playground.ts')
      server = await startPlayground({ directory: join(directory, 'objects') })
      return server
    } catch (error) {
      started = null
      throw error
    }
  }
  return {
    running: () => (started ??= start()),
    current: () => server,
    async sampleSite() {
      const target = join(directory, 'sample-site')
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const { installSampleSite } = await import('../playground/sample-site.ts')
      await installSampleSite(target, sampleSiteSource)
      return target
    },
    async close() {
      // A start that failed has been told to whoever asked for it.
      await started?.catch(() => null)
      await server?.close()
      started = null
      server = null
    },
  }
}
