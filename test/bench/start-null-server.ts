import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { typescriptNode } from './typescript-node.ts'

/** What the server saw since the last `recount`. */
export interface NullStats {
  /** By the operation's name in S3's API; `ListObjects` stands for both versions. */
  readonly counts: Readonly<Record<string, number>>
  /** The bytes of all bodies, without the frame of aws-chunked. */
  readonly receivedBytes: number
  /** The most requests that were open at one time. */
  readonly mostInFlight: number
  /** The server's own CPU time. */
  readonly cpuSeconds: number
}

/** A null server in a process of its own. */
export interface NullServer {
  readonly endpoint: string
  stats(): Promise<NullStats>
  recount(): Promise<void>
  /** Forgets all buckets. */
  reset(): Promise<void>
  /**
   * Makes a bucket of `[key, sizeBytes]` and gives the number of its keys. With `partSizeBytes`, the ETags are those of
   * zeros that were sent in such parts; without, they are of nothing.
   */
  fill(bucket: string, objects: Iterable<readonly [string, number]>, partSizeBytes?: number): Promise<number>
  /** What a bucket has, as `[key, sizeBytes]`, in the order of keys. */
  objects(bucket: string): Promise<[string, number][]>
  stop(): void
}

/** The keys of the null server, which checks none. */
export const nullKeys = {
  accessKeyId: 'AKIABENCHBENCHBENCH0',
  secretAccessKey: 'bench/secret+0123456789abcdefghijklmnopq',
}

/** Starts one that answers after so many milliseconds; without `keepsChecksums` it knows of none. */
export async function startNullServer(
  latencyMs: number,
  { keepsChecksums = true }: { readonly keepsChecksums?: boolean } = {},
): Promise<NullServer> {
  const script = fileURLToPath(new URL('./null-server.ts', import.meta.url))
  const child = spawn(
    typescriptNode(),
    [script, '--latency', String(latencyMs), ...(keepsChecksums ? [] : ['--without-checksums'])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const stop = () => void child.kill('SIGTERM')
  process.once('exit', stop)
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(Number(String(chunk))))
    child.once('error', reject)
    child.once('exit', () => reject(new Error('the null server did not start')))
  })
  const endpoint = `http://127.0.0.1:${port}`
  const ask = async (path: string, body?: string): Promise<unknown> => {
    const answer = await fetch(`${endpoint}/-/${path}`, { method: 'POST', ...(body ? { body } : {}) })
    if (!answer.ok) throw new Error(`the null server answered ${answer.status} to ${path}`)
    return answer.json()
  }
  return {
    endpoint,
    stats: async () => (await ask('stats')) as NullStats,
    recount: async () => void (await ask('recount')),
    reset: async () => void (await ask('reset')),
    async fill(bucket, objects, partSizeBytes = 0) {
      const lines: string[] = []
      for (const [key, sizeBytes] of objects) lines.push(`${sizeBytes} ${key}`)
      return (
        (await ask(`fill?bucket=${bucket}&part=${partSizeBytes}`, lines.join('\n'))) as { keys: number }
      ).keys
    },
    objects: async (bucket) => (await ask(`objects?bucket=${bucket}`)) as [string, number][],
    stop() {
      process.off('exit', stop)
      stop()
    },
  }
}
