import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'

/** The response header that tells one run of a playground from every other. */
export const instanceHeader = 'x-pail-playground'

interface Claim {
  readonly endpoint: string
  readonly instance: string
}

function readClaim(path: string): Claim | undefined {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { endpoint, instance } = JSON.parse(text) as Partial<Claim>
    return typeof endpoint === 'string' && typeof instance === 'string' ? { endpoint, instance } : undefined
  } catch {
    // Cut short by a crash: whoever wrote it is gone.
    return undefined
  }
}

function answers(claim: Claim): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(claim.endpoint, { timeout: 2000, agent: false }, (response) => {
      response.destroy()
      resolve(response.headers[instanceHeader] === claim.instance)
    })
    request.on('error', () => resolve(false))
    request.on('timeout', () => request.destroy())
  })
}

/**
 * Rejects when another playground is running on the directory: two would not see each other's objects. The claim
 * of one that was killed does no harm, because nobody answers for it.
 */
export async function refuseClaimedDirectory(directory: string): Promise<void> {
  const claim = readClaim(join(directory, 'running.json'))
  if (claim && /^http:\/\/127\.0\.0\.1:\d+$/.test(claim.endpoint) && (await answers(claim)))
    throw new Error(`A playground is already running on this directory, at ${claim.endpoint}.`)
}

/** Claims the directory for a running playground. Answers the function that gives it back. */
export function claimDirectory(directory: string, claim: Claim): () => void {
  const path = join(directory, 'running.json')
  writeFileSync(path, JSON.stringify(claim), { mode: 0o600 })
  return () => {
    if (readClaim(path)?.instance === claim.instance) rmSync(path, { force: true })
  }
}
