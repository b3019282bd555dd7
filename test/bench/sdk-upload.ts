// Sends a folder with the Upload of @aws-sdk/lib-storage, with the SDK's defaults: parts of 5 MiB, four at a time for
// each file, checksums. Usage: node sdk-upload.ts ENDPOINT BUCKET FOLDER
import { createReadStream } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { Upload } from '@aws-sdk/lib-storage'
import { inParallel } from '../../src-main/s3/in-parallel.ts'
import { sdkClient } from './sdk-client.ts'

const [endpoint = '', bucket = '', folder = ''] = process.argv.slice(2)
/** Files at the same time, as many as rclone is allowed. */
const atOnce = 32
/** Up to here a buffer is faster than a stream. */
const bufferedBytes = 5 * 1024 * 1024

const client = sdkClient(endpoint)
const entries = await readdir(folder, { recursive: true, withFileTypes: true })
const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
await inParallel(paths, atOnce, async (path) => {
  const { size } = await stat(path)
  const Body = size <= bufferedBytes ? await readFile(path) : createReadStream(path)
  const Key = `site/${relative(folder, path).split(sep).join('/')}`
  await new Upload({ client, params: { Bucket: bucket, Key, Body } }).done()
})
client.destroy()
