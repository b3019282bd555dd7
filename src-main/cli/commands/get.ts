import { createReadStream } from 'node:fs'
import { lstat, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { failure, Failure } from '../../../src-preload/contract/failure.ts'
import type { Transfer } from '../../../src-preload/contract/transfer.ts'
import { destinationOption, readObject } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, interrupted } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { formatBytes } from '../plain-text.ts'
import { formatS3Url, type S3Url } from '../s3-url.ts'
import { resumeHint, runBatch } from '../transfer-batch.ts'

/** The options of `pail get`. */
export const getOptions = {
  ...destinationOption,
  force: { type: 'boolean', text: 'replace a file that is there' },
} as const

/** Checks the arguments of `pail get`. */
export function prepareGet(given: Given): Run {
  const [address = '', file] = given.positionals
  const object = readObject(given, address)
  const force = given.flag('force')
  return (context) =>
    file === '-' ? getToStdout(context, object(context)) : getToFile(context, object(context), file, force)
}

/** What is at a path: null when there is nothing. */
async function kindAt(path: string, look: typeof lstat = lstat): Promise<'file' | 'folder' | null> {
  try {
    return (await look(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw failure('local-file', `The place for the file cannot be looked at (${code}).`)
  }
}

/** Downloads one object into a folder, and answers what came of it. */
async function download(
  context: CommandContext,
  object: S3Url,
  { folder, ...as }: DownloadPlace,
): Promise<Transfer> {
  const { api, output, profileId, signal } = context
  const chosen = await ask(context, api.chooseFolder({ purpose: 'download', typedPath: folder }))
  if (!chosen) throw interrupted()
  const { ended } = await runBatch(
    context,
    'Downloading',
    () =>
      api.startDownload({
        profileId,
        bucket: object.bucket,
        keys: [object.key],
        prefixes: [],
        folderId: chosen.folderId,
        as,
      }),
    { isKept: as.isKept },
  )
  const [transfer] = ended
  if (transfer?.error) {
    const hint = as.isKept ? resumeHint(ended) : null
    if (hint !== null) output.say(hint)
    throw new Failure({ ...transfer.error, key: transfer.error.key ?? object.key })
  }
  if (transfer === undefined || signal.aborted || transfer.state === 'cancelled') throw interrupted()
  // Such as that the key is no name that a file can have here, and which one it got.
  if (transfer.note !== null) output.say(transfer.note)
  return transfer
}

interface DownloadPlace {
  readonly folder: string
  /** Null for that of the key. */
  readonly fileName: string | null
  readonly onTaken: 'fail' | 'replace'
  /** Whether `pail resume` is to go on with it. */
  readonly isKept: boolean
}

function existsFailure(path: string): Failure {
  return failure('already-exists', `“${basename(path)}” exists already. Name another file, or add --force.`)
}

async function getToFile(
  context: CommandContext,
  object: S3Url,
  file: string | undefined,
  force: boolean,
): Promise<ExitCode> {
  const { output, workingDirectory } = context
  const given = file === undefined ? workingDirectory : resolve(workingDirectory, file)
  const asFolder = file === undefined || file.endsWith('/') || file.endsWith(sep)
  const kind = await kindAt(given)
  const intoFolder = asFolder || kind === 'folder'
  // Asked before the bytes are fetched; the download itself is what decides.
  if (!intoFolder && kind !== null && !force) throw existsFailure(given)
  const folder = intoFolder ? given : dirname(given)
  if ((await kindAt(folder, stat)) !== 'folder') throw failure('local-missing', 'There is no such folder.')
  const fileName = intoFolder ? null : basename(given)
  const onTaken = force ? 'replace' : 'fail'
  const { name, sizeBytes, verified } = await download(context, object, {
    folder,
    fileName,
    onTaken,
    isKept: true,
  }).catch((error: unknown) => {
    const isTaken = error instanceof Failure && error.error.code === 'already-exists'
    throw isTaken && !force ? existsFailure(fileName ?? basename(object.key)) : error
  })
  const target = join(folder, name)
  await output.document({ key: object.key, file: target, bytes: sizeBytes, verified: verified ?? false })
  output.say(`${formatS3Url(object)} → ${target} (${formatBytes(sizeBytes)})`)
  return exitCode.done
}

async function getToStdout(context: CommandContext, object: S3Url): Promise<ExitCode> {
  const { output } = context
  if (output.json)
    throw failure('invalid-argument', 'With --json stdout holds a document: name a file for the bytes.')
  const temporary = await mkdtemp(join(tmpdir(), 'pail-get-'))
  try {
    // Fetched whole first: what a pipe has swallowed cannot be taken back when the checksum does not match.
    const place = { folder: temporary, fileName: 'object', onTaken: 'fail', isKept: false } as const
    const { name } = await download(context, object, place)
    for await (const chunk of createReadStream(join(temporary, name))) {
      if (output.closed()) break
      await output.bytes(chunk as Buffer)
    }
    return exitCode.done
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
