// Prints the keys of a bucket with the SDK's paginator. Usage: node sdk-list.ts ENDPOINT BUCKET
import { paginateListObjectsV2 } from '@aws-sdk/client-s3'
import { sdkClient } from './sdk-client.ts'

const [endpoint = '', bucket = ''] = process.argv.slice(2)
const client = sdkClient(endpoint)
for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket })) {
  const lines = (page.Contents ?? []).map(({ Key = '' }) => `${Key}\n`)
  process.stdout.write(lines.join(''))
}
client.destroy()
