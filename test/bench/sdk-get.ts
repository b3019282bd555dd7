// Fetches an object into a file with GetObject, with the SDK's defaults: one stream. Usage: node sdk-get.ts ENDPOINT BUCKET
// NAME FILE
import { createWriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { sdkClient } from './sdk-client.ts'

const [endpoint = '', bucket = '', name = '', file = ''] = process.argv.slice(2)
const client = sdkClient(endpoint)
const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `site/${name}` }))
await pipeline(Body as Readable, createWriteStream(file))
client.destroy()
