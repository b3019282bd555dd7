import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startPlayground } from './playground.ts'

const usage = `Usage: npm run playground -- [--directory FOLDER] [--port NUMBER] [--region NAME] [--quiet]

Starts a local S3 server to try Pail, or anything else that speaks S3, without an account.
It listens on this computer only. The keys are new at every start; buckets and objects stay in the folder.`

/** Where the objects lie unless a folder is given: the data folder that the system keeps for programs. */
function defaultDirectory(): string {
  if (process.platform === 'darwin')
    return join(homedir(), 'Library', 'Application Support', 'pail', 'playground')
  const [variable, fallback] =
    process.platform === 'win32'
      ? [process.env['LOCALAPPDATA'], join(homedir(), 'AppData', 'Local')]
      : [process.env['XDG_DATA_HOME'], join(homedir(), '.local', 'share')]
  return join(variable && isAbsolute(variable) ? variable : fallback, 'pail', 'playground')
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string' },
      port: { type: 'string' },
      region: { type: 'string' },
      quiet: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const port = Number(values.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`--port ${values.port} is not a port number.`)
  return { ...values, port }
}

async function main(): Promise<void> {
  const options = readArguments()
  if (options.help) {
    console.log(usage)
    return
  }
  const directory = resolve(options.directory ?? defaultDirectory())
  const playground = await startPlayground({
    directory,
    port: options.port,
    ...(options.region === undefined ? {} : { region: options.region }),
    onRequest: ({ method, path, operation, status }) => {
      if (!options.quiet) console.log(`${status} ${operation.padEnd(24)} ${method} ${path}`)
    },
  })
  const { endpoint, region, accessKeyId, secretAccessKey } = playground
  const windows = process.platform === 'win32'
  const setting = (name: string, value: string) => `  ${windows ? 'set' : 'export'} ${name}=${value}`
  console.log(`The playground is running. It behaves as Amazon S3 does today, on this computer only.

  Endpoint    ${endpoint}
  Region      ${region}
  Access key  ${accessKeyId}
  Secret key  ${secretAccessKey}
  Objects in  ${directory}

For a terminal:

${setting('AWS_ACCESS_KEY_ID', accessKeyId)}
${setting('AWS_SECRET_ACCESS_KEY', secretAccessKey)}
${setting('AWS_REGION', region)}

  pail --endpoint-url ${endpoint} --path-style mb s3://my-first-bucket
  aws --endpoint-url ${endpoint} s3 ls

Press Ctrl+C to stop. The objects stay; the keys are new at the next start.
`)
  let closing = false
  const stop = () => {
    if (closing) return
    closing = true
    playground.close().catch((error: unknown) => {
      console.error(error)
      process.exitCode = 1
    })
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  const isUsage = error instanceof TypeError || error instanceof RangeError
  if (isUsage) console.error(`\n${usage}`)
  process.exitCode = isUsage ? 2 : 1
}
