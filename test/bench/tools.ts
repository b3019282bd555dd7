import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pailCommand } from '../cli/pail-process.ts'
import { collectstatic } from './collectstatic.ts'
import { type Command, firstLine, whereIs } from './measure.ts'
import { shippedCommand } from './shipped-command.ts'
import { nullKeys } from './start-null-server.ts'
import type { Place, Tool } from './tool.ts'
import { typescriptNode } from './typescript-node.ts'

/** Options as arguments. */
function flags(all: Readonly<Record<string, string | true>>): string[] {
  return Object.entries(all).map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`))
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

function pail(args: readonly string[], { endpoint, memory }: Place): Command {
  const [program, ...first] = shippedCommand()
  return {
    program,
    args: [...first, ...args, '--endpoint-url', endpoint, '--path-style', '--quiet'],
    environment: { PAIL_USER_DATA: memory },
  }
}

const pailVersion = () => {
  const isBuilt = !pailCommand()[1].endsWith('.ts')
  const node = firstLine(isBuilt ? 'node' : pailCommand()[0], ['-p', '`Node ${process.versions.node}`'])
  return node === null ? null : `${node}, ${isBuilt ? 'built' : 'not built'}`
}
const pailSync = (place: Place, folder: string) =>
  pail(['sync', folder, `s3://${place.bucket}/site`, '--yes'], place)

/** The AWS SDK as its documentation has it, by scripts beside this one. */
function sdk(name: string, ...args: string[]): Command {
  return { program: typescriptNode(), args: [script(name), ...args] }
}

const s5cmd = whereIs('s5cmd')
const inS5cmd = ({ endpoint }: Place, ...args: string[]): Command => ({
  program: s5cmd ?? 's5cmd',
  args: ['--endpoint-url', endpoint, ...args],
})

const rclone = whereIs('rclone')
/** Tuned: more at a time, listings as one, and dates from the listing instead of a HEAD for each object. */
const inRclone = ({ endpoint, memory }: Place, ...args: string[]): Command => ({
  program: rclone ?? 'rclone',
  args: [
    ...args,
    ...flags({
      config: join(memory, 'none'),
      quiet: true,
      's3-provider': 'Other',
      's3-endpoint': endpoint,
      's3-no-check-bucket': true,
      's3-access-key-id': nullKeys.accessKeyId,
      's3-secret-access-key': nullKeys.secretAccessKey,
      transfers: '32',
      checkers: '64',
      'fast-list': true,
      update: true,
      'use-server-modtime': true,
      's3-upload-concurrency': '8',
      's3-chunk-size': '16Mi',
    }),
  ],
})

const aws = whereIs('aws')
const inAws = ({ endpoint }: Place, ...args: string[]): Command => ({
  program: aws ?? 'aws',
  args: [...args, '--endpoint-url', endpoint],
})

const s3cmd = whereIs('s3cmd')
const inS3cmd = ({ endpoint, memory }: Place, ...args: string[]): Command => ({
  program: s3cmd ?? 's3cmd',
  args: [
    ...args,
    ...flags({
      host: new URL(endpoint).host,
      'host-bucket': new URL(endpoint).host,
      'no-ssl': true,
      access_key: nullKeys.accessKeyId,
      secret_key: nullKeys.secretAccessKey,
      'no-progress': true,
      config: join(memory, 'none'),
    }),
  ],
})

/** All there are; the first is the one that the others are compared with. */
export const tools: readonly Tool[] = [
  {
    name: 'pail',
    version: pailVersion,
    sync: pailSync,
    put: (place, folder, file) => pail(['put', join(folder, file), `s3://${place.bucket}/site/`], place),
    get: (place, file, folder) =>
      pail(['get', `s3://${place.bucket}/site/${file}`, join(folder, file)], place),
    list: (place) => pail(['ls', '--recursive', `s3://${place.bucket}`], place),
    presign: ({ endpoint }, count) => sdk('presign-links.ts', 'pail', endpoint, String(count)),
  },
  { name: 'pail sync', version: pailVersion, put: pailSync },
  {
    name: 's5cmd',
    version: () => firstLine(s5cmd, ['version']),
    sync: (place, folder) =>
      inS5cmd(place, '--log', 'error', 'sync', `${folder}/`, `s3://${place.bucket}/site/`),
    put: (place, folder, file) =>
      inS5cmd(place, '--log', 'error', 'cp', join(folder, file), `s3://${place.bucket}/site/`),
    get: (place, file, folder) =>
      inS5cmd(place, '--log', 'error', 'cp', `s3://${place.bucket}/site/${file}`, join(folder, file)),
    list: (place) => inS5cmd(place, 'ls', `s3://${place.bucket}/*`),
  },
  {
    name: 'rclone',
    version: () => firstLine(rclone, ['version']),
    sync: (place, folder) => inRclone(place, 'sync', folder, `:s3:${place.bucket}/site`),
    put: (place, folder, file) => inRclone(place, 'copy', join(folder, file), `:s3:${place.bucket}/site`),
    get: (place, file, folder) => inRclone(place, 'copy', `:s3:${place.bucket}/site/${file}`, folder),
    list: (place) => inRclone(place, 'lsf', '-R', '--files-only', `:s3:${place.bucket}`),
  },
  {
    name: 'aws s3',
    version: () => firstLine(aws, ['--version']),
    sync: (place, folder) =>
      inAws(place, 's3', 'sync', folder, `s3://${place.bucket}/site`, '--only-show-errors'),
    put: (place, folder, file) =>
      inAws(place, 's3', 'cp', join(folder, file), `s3://${place.bucket}/site/`, '--only-show-errors'),
    get: (place, file, folder) =>
      inAws(place, 's3', 'cp', `s3://${place.bucket}/site/${file}`, join(folder, file), '--only-show-errors'),
    list: (place) => inAws(place, 's3', 'ls', '--recursive', `s3://${place.bucket}`),
  },
  {
    name: 'aws s3api',
    version: () => firstLine(aws, ['--version']),
    list: (place) =>
      inAws(
        place,
        's3api',
        'list-objects-v2',
        ...flags({ bucket: place.bucket, query: 'Contents[].[Key]', output: 'text' }),
      ),
  },
  {
    name: 's3cmd',
    version: () => firstLine(s3cmd, ['--version']),
    sync: (place, folder) => inS3cmd(place, 'sync', '--quiet', `${folder}/`, `s3://${place.bucket}/site/`),
    put: (place, folder, file) =>
      inS3cmd(place, 'put', '--quiet', join(folder, file), `s3://${place.bucket}/site/`),
    get: (place, file, folder) =>
      inS3cmd(place, 'get', '--quiet', `s3://${place.bucket}/site/${file}`, join(folder, file)),
    list: (place) => inS3cmd(place, 'ls', '-r', `s3://${place.bucket}`),
    isSerial: true,
  },
  collectstatic,
  {
    name: 'AWS SDK',
    version: () => firstLine(typescriptNode(), [script('sdk-version.ts')]),
    upload: ({ endpoint, bucket }, folder) => sdk('sdk-upload.ts', endpoint, bucket, folder),
    put: ({ endpoint, bucket }, folder) => sdk('sdk-upload.ts', endpoint, bucket, folder),
    get: ({ endpoint, bucket }, file, folder) =>
      sdk('sdk-get.ts', endpoint, bucket, file, join(folder, file)),
    list: ({ endpoint, bucket }) => sdk('sdk-list.ts', endpoint, bucket),
    presign: ({ endpoint }, count) => sdk('presign-links.ts', 'sdk', endpoint, String(count)),
  },
]

/** What every tool is run with: keys, no configuration of this computer's, and a way to its own parts. */
export function toolEnvironment(scratch: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: scratch,
    AWS_ACCESS_KEY_ID: nullKeys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: nullKeys.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(scratch, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(scratch, 'none'),
  }
}
