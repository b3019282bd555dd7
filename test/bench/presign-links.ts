// Makes links and prints, as JSON, how long the making took once everything was loaded, and how many differ.
// Usage: node presign-links.ts pail|sdk ENDPOINT COUNT
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { presignGetObject } from '../../src-main/s3/presign.ts'
import { sdkClient } from './sdk-client.ts'
import { nullKeys } from './start-null-server.ts'
import { pathOf } from './tree.ts'

/** What is printed. */
export interface PresignReport {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly distinct: number
}

const [by = '', endpoint = '', count = '0'] = process.argv.slice(2)
const expiresInSeconds = 3600
const bucket = 'bench'
const links = new Set<string>()

const session = createS3Session({
  profileId: 'bench',
  endpoint,
  region: 'us-east-1',
  addressing: 'path',
  checksums: 'when-supported',
  insecureAllowed: false,
  credentials: async () => nullKeys,
})
const client = sdkClient(endpoint)
const makers: Record<string, (key: string) => Promise<string>> = {
  pail: async (key) => (await presignGetObject(session, { bucket, key, expiresInSeconds })).url,
  sdk: (Key) =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key }), { expiresIn: expiresInSeconds }),
}
const make = makers[by]
if (make === undefined) throw new Error(`by ${by}?`)

// Both make one first: ours asks for the bucket's region, the SDK builds its middleware.
await make('first')
const startedAt = process.cpuUsage()
const started = performance.now()
for (let index = 0; index < Number(count); index++) links.add(await make(pathOf(index)))
const seconds = (performance.now() - started) / 1000
const { user, system } = process.cpuUsage(startedAt)
const report: PresignReport = { seconds, cpuSeconds: (user + system) / 1e6, distinct: links.size }
process.stdout.write(`${JSON.stringify(report)}\n`)
session.destroy()
client.destroy()
