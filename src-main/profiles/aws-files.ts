import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../../src-preload/contract/failure.ts'
import type { AwsConfig } from './aws-config.ts'
import { parseAwsConfig } from './aws-config.ts'

/** The two files of the AWS tools. */
export interface AwsFileLocations {
  readonly config: string
  readonly credentials: string
}

/**
 * Where the files are: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` from what was in the environment before it
 * was scrubbed, else `~/.aws`.
 */
export function awsFileLocations(home: string, scrubbed: Readonly<Record<string, string>>): AwsFileLocations {
  const expand = (path: string) => (/^~(?=[/\\]|$)/.test(path) ? join(home, path.slice(1)) : path)
  return {
    config: expand(scrubbed['AWS_CONFIG_FILE'] || join(home, '.aws', 'config')),
    credentials: expand(scrubbed['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws', 'credentials')),
  }
}

/** Reads both files afresh; a missing one counts as empty. Throws `local-file` when one cannot be read. */
export async function readAwsConfig(locations: AwsFileLocations): Promise<AwsConfig> {
  const [config, credentials] = await Promise.all([
    readText(locations.config),
    readText(locations.credentials),
  ])
  return parseAwsConfig(config, credentials)
}

const maxBytes = 1_000_000

async function readText(path: string): Promise<string> {
  try {
    // Non-blocking (a flag that Windows lacks): a FIFO in the file's place must not hold the application.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!(await file.stat()).isFile())
        throw failure('local-file', 'One of the files in ~/.aws is not a file.')
      const buffer = Buffer.alloc(maxBytes)
      const { bytesRead } = await file.read(buffer, 0, maxBytes, 0)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    if (typeof code === 'string') throw failure('local-file', `A file in ~/.aws could not be read (${code}).`)
    throw error
  }
}
