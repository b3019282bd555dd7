// Prints the version of the AWS SDK that the scripts beside this one use.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const file = createRequire(import.meta.url).resolve('@aws-sdk/client-s3/package.json')
const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
process.stdout.write(`@aws-sdk ${version}, Node ${process.versions.node}\n`)
