import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LinkServer } from '../links/link-proof.ts'
import { pathStyleObject } from '../links/sdk-link-server.ts'

/**
 * The playground that the application itself runs: nobody else has its keys, so that the test reads its objects where they
 * lie. `setAhead` moves the clock of the application's process; null when it runs no playground.
 */
export async function ownPlayground(
  userData: string,
  setAhead: (ms: number) => Promise<void>,
): Promise<LinkServer | null> {
  const directory = join(userData, 'playground', 'objects')
  const claim = await readFile(join(directory, 'running.json'), 'utf8').catch(() => null)
  if (claim === null) return null
  const { endpoint } = JSON.parse(claim) as { endpoint: string }
  const inBucket = (bucket: string, ...path: string[]) =>
    join(directory, 'buckets', `bucket-${bucket}`, ...path)
  return {
    address: endpoint,
    isStorage: true,
    async objectOf(url) {
      const object = pathStyleObject(url)
      const isThere = object !== null && (await stat(inBucket(object.bucket)).catch(() => null)) !== null
      return isThere ? object : null
    },
    async read({ bucket, key }) {
      const name = `${createHash('sha256').update(key).digest('hex')}.json`
      const text = await readFile(inBucket(bucket, 'objects', name), 'utf8').catch(() => null)
      if (text === null) return null
      const record = JSON.parse(text) as Stored | { versions: Stored[] }
      const newest = 'versions' in record ? record.versions[0] : record
      if (newest?.segments === undefined) return null
      return Buffer.concat(
        await Promise.all(newest.segments.map(({ file }) => readFile(inBucket(bucket, 'content', file)))),
      )
    },
    end: { by: 'clock', setAhead },
  }
}

/** A version of an object as the playground keeps it; a marker of a deletion has no segments. */
interface Stored {
  readonly segments?: readonly { readonly file: string }[]
}
