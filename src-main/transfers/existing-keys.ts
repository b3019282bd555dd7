import { Failure } from '../../src-preload/contract/failure.ts'
import { headObject } from '../s3/head-object.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { listAllObjects } from '../s3/list-objects.ts'
import { keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** Up to this many keys are asked for one by one; for more it is quicker to list what is there. */
const askedOneByOne = 200

/**
 * Which of the keys are there already, in order. A key that may write but neither read nor list can still upload (the
 * upload itself overwrites nothing unasked): what it may not ask about is not among them. Throws Failures.
 */
export async function existingKeys(
  session: S3Session,
  bucket: string,
  prefix: string,
  keys: Set<string>,
): Promise<string[]> {
  const found: string[] = []
  if (keys.size <= askedOneByOne) {
    await inParallel([...keys], 16, async (key) => {
      // What cannot be a key is not there; its upload will say why.
      if (keyProblem(key) !== null) return
      if (await unlessRefused(async () => (await headObject(session, { bucket, key })) !== null))
        found.push(key)
    })
  } else {
    await unlessRefused(async () => {
      for await (const object of listAllObjects(session, { bucket, prefix }))
        if (keys.has(object.key)) found.push(object.key)
      return true
    })
  }
  return found.sort()
}

async function unlessRefused(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'access-denied') return false
    throw error
  }
}
